import { ExpectedNo } from '@resend/expected-no.js';
import type { RefusalCode } from '@resend/refusal-codes.js';

/** Every `code` that a caller can receive: the domain's refusals, and errors of HTTP itself. */
export type ProblemCode =
  | RefusalCode
  | 'cross-site-request'
  | 'webhook-signature-invalid'
  | 'invalid-request'
  | 'idempotency-key-invalid'
  | 'insufficient-scope'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'request-timeout'
  | 'payload-too-large'
  | 'uri-too-long'
  | 'unsupported-media-type'
  | 'headers-too-large'
  | 'internal-error';

/** What the screen should do next. */
export type NextAction =
  | 'tap'
  | 'wait'
  | 'open-app'
  | 'use-other-factor'
  | 'start-over'
  | 'proceed'
  | 'stop'
  | 'fix-request';

export interface Problem {
  readonly status: number;
  readonly title: string;
  /** A sentence for the user, without numbers; the wait is appended when there is one. */
  readonly detail: string;
  readonly nextAction: NextAction;
  /** The client may repeat the same request with the same key. */
  readonly retryable?: true;
}

/** Code → answer. A new code does not compile until it has a row. */
export const PROBLEMS: Readonly<Record<ProblemCode, Problem>> = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    detail: 'Fix what `errors` lists and send the request again.',
    nextAction: 'fix-request',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The Idempotency-Key is not valid',
    detail: 'An Idempotency-Key has 8 to 128 letters, digits, dashes or underscores, quoted or bare.',
    nextAction: 'fix-request',
  },
  'session-invalid': {
    status: 401,
    title: 'This session is not valid',
    detail: 'The credential is missing, unknown or expired. Sign in again.',
    nextAction: 'start-over',
  },
  'cross-site-request': {
    status: 403,
    title: 'Cross-site request refused',
    detail: 'A session cookie is accepted only if Origin or Sec-Fetch-Site shows this site or an allowed origin.',
    nextAction: 'fix-request',
  },
  'webhook-signature-invalid': {
    status: 403,
    title: 'The webhook signature is not valid',
    detail: 'X-Twilio-Signature does not match the body and the public URL of this service.',
    nextAction: 'fix-request',
  },
  'insufficient-scope': {
    status: 403,
    title: 'This credential lacks permission',
    detail: 'The API key or JWT lacks the scope that this call needs.',
    nextAction: 'fix-request',
  },
  blocked: {
    status: 403,
    title: 'Resends are blocked for this user',
    detail: 'Support or the fraud team has blocked resends for this user.',
    nextAction: 'stop',
  },
  'challenge-not-found': {
    status: 404,
    title: 'No such sign-in request',
    detail: 'This sign-in request does not exist. Start again.',
    nextAction: 'start-over',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    detail: 'No route matches this path, or it is disabled.',
    nextAction: 'fix-request',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method is not allowed here',
    detail: 'The Allow header lists the methods of this path.',
    nextAction: 'fix-request',
  },
  'not-acceptable': {
    status: 406,
    title: 'None of the accepted media types is available',
    detail: 'Accept application/json, for event streams text/event-stream, or send no Accept header.',
    nextAction: 'fix-request',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    detail: 'The request did not arrive completely in time. Send it again.',
    nextAction: 'wait',
    retryable: true,
  },
  'challenge-approved': {
    status: 409,
    title: 'This sign-in was already approved',
    detail: 'The user approved on the phone: no push is needed. Continue.',
    nextAction: 'proceed',
  },
  'challenge-denied': {
    status: 409,
    title: 'This sign-in was denied',
    detail: 'The user denied this sign-in. No more pushes will be sent for it.',
    nextAction: 'stop',
  },
  'resend-in-progress': {
    status: 409,
    title: 'A push is being sent right now',
    detail: 'Another request of this user is in progress.',
    nextAction: 'wait',
    retryable: true,
  },
  'challenge-expired': {
    status: 410,
    title: 'This sign-in request has expired',
    detail: 'Nobody answered in time. Start again.',
    nextAction: 'start-over',
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    detail: 'The body may be at most 4 KiB (webhooks: 16 KiB).',
    nextAction: 'fix-request',
  },
  'uri-too-long': {
    status: 414,
    title: 'The URL is too long',
    detail: 'Path and query may have at most 2,048 characters, a path parameter 100.',
    nextAction: 'fix-request',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Only JSON is accepted here',
    detail: 'Send the body as application/json, or send none.',
    nextAction: 'fix-request',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key belongs to another request',
    detail: 'The key was used with another sign-in request or body. Use a new key for each press of the button.',
    nextAction: 'fix-request',
  },
  'challenge-not-push': {
    status: 422,
    title: 'This sign-in does not use a push',
    detail: 'The factor of this sign-in can not receive a push. Offer another one.',
    nextAction: 'use-other-factor',
  },
  'cooling-down': {
    status: 429,
    title: 'A push was sent a moment ago',
    detail: 'Look at the phone and open the app.',
    nextAction: 'wait',
  },
  'user-limit': {
    status: 429,
    title: 'Too many pushes to this user',
    detail: 'This user has reached the push limit.',
    nextAction: 'wait',
  },
  'held-after-denial': {
    status: 429,
    title: 'A push was denied recently',
    detail: 'After a denial no push is sent for a while.',
    nextAction: 'wait',
  },
  'challenge-limit': {
    status: 429,
    title: 'No more pushes for this sign-in',
    detail: 'This sign-in request gets no more pushes. Offer another factor, or start again.',
    nextAction: 'use-other-factor',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    detail: 'Slow down.',
    nextAction: 'wait',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    detail: 'Send fewer or shorter headers.',
    nextAction: 'fix-request',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong on our side',
    detail: 'This is our fault. Please report the requestId.',
    nextAction: 'use-other-factor',
  },
  'provider-error': {
    status: 502,
    title: 'The push provider gave an unusable response',
    detail: 'Nothing was sent. Try again.',
    nextAction: 'wait',
    retryable: true,
  },
  'provider-rejected': {
    status: 502,
    title: 'The push provider rejected this service',
    detail: 'Nothing was sent. Retrying will not help until an operator fixes the configuration.',
    nextAction: 'use-other-factor',
  },
  'provider-throttled': {
    status: 503,
    title: 'The push provider is busy',
    detail: 'Nothing was sent.',
    nextAction: 'wait',
    retryable: true,
  },
  'provider-unavailable': {
    status: 503,
    title: 'The push provider can not be reached',
    detail: 'Nothing was sent.',
    nextAction: 'wait',
    retryable: true,
  },
  'ledger-unavailable': {
    status: 503,
    title: 'Resends are temporarily unavailable',
    detail: 'The service can not check the limits right now, and nothing was sent.',
    nextAction: 'wait',
    retryable: true,
  },
  'session-unavailable': {
    status: 503,
    title: 'Sessions are temporarily unavailable',
    detail: 'The service can not check the session right now.',
    nextAction: 'wait',
    retryable: true,
  },
  overloaded: {
    status: 503,
    title: 'The service is busy',
    detail: 'Too many requests or event streams at once. Nothing was sent.',
    nextAction: 'wait',
    retryable: true,
  },
  'resends-paused': {
    status: 503,
    title: 'Resends are paused',
    detail: 'Operators have paused resends for all users. Offer another factor.',
    nextAction: 'use-other-factor',
  },
  'shutting-down': {
    status: 503,
    title: 'This instance is shutting down',
    detail: 'Another instance will answer.',
    nextAction: 'wait',
    retryable: true,
  },
  'delivery-unknown': {
    status: 504,
    title: 'The push may have been sent',
    detail: 'The provider did not answer in time. Look at the phone and open the app.',
    nextAction: 'open-app',
  },
};

/** For callers of the internal API, who have no user who could sign in again. */
export const INTERNAL_PROBLEMS: typeof PROBLEMS = {
  ...PROBLEMS,
  'session-invalid': {
    status: 401,
    title: 'This credential is not valid',
    detail: 'The API key or token is missing, unknown or expired. Send a valid one as `Authorization: Bearer`.',
    nextAction: 'fix-request',
  },
};

/** An error of HTTP itself, or of the shape of a request. The domain's refusals are `Refusal`s. */
export class HttpProblem extends ExpectedNo {
  constructor(
    readonly code: ProblemCode,
    readonly details: {
      /** Where the input is wrong: a JSON pointer into the body, or `/path/…`, `/query/…`, `/headers/…`. */
      readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
      /** The methods that the path supports. */
      readonly allow?: string;
      /** The scope that the call needs. */
      readonly scope?: string | undefined;
    } = {},
  ) {
    super(code);
    this.name = 'HttpProblem';
  }
}

/**
 * Most errors before a handler runs (Fastify, Node, Nest, a host's guards) carry only a status. A 4xx without a code of
 * its own, such as a guard's 423, refuses this caller.
 */
export function problemOfStatus(status: number): ProblemCode | undefined {
  switch (status) {
    case 400:
    case 422: // a validation pipe of the host
      return 'invalid-request';
    case 401:
      return 'session-invalid';
    case 403:
      return 'insufficient-scope';
    case 404:
      return 'not-found';
    case 405:
      return 'method-not-allowed';
    case 406:
      return 'not-acceptable';
    case 408:
      return 'request-timeout';
    case 413:
      return 'payload-too-large';
    case 414:
      return 'uri-too-long';
    case 415:
      return 'unsupported-media-type';
    case 429:
      return 'too-many-requests';
    case 431:
      return 'headers-too-large';
    default:
      return status >= 400 && status < 500 ? 'insufficient-scope' : undefined;
  }
}
