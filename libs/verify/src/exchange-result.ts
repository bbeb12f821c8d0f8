import type { Created, Fetched } from '@resend/ports.js';
import type { ProviderCode } from '@resend/refusal-codes.js';
import type { Answer, Exchange } from './exchange.js';
import { type InvalidAnswer, retryAfterMs } from './twilio-answers.js';
import { failureOf, refusalIn, type TwilioFailure } from './twilio-failures.js';
import type { SdkResult } from './twilio-http-client.js';

/** The value of a call to Twilio, or how its exchange failed. */
export type ExchangeResult<V> =
  | { readonly value: V }
  /** `hasOtherCredentials`: Twilio rejected the credentials, and the next request would have others. */
  | { readonly failure: ExchangeFailure; readonly hasOtherCredentials?: boolean };

/** Every way in which an exchange can fail, whatever the operation. */
export type ExchangeFailure =
  /** 4xx with a Twilio error code. */
  | { readonly kind: 'refused'; readonly twilioCode: number; readonly meaning: TwilioFailure; readonly waitMs: number }
  /** 4xx without one, so it may come from a proxy or gateway in between. */
  | { readonly kind: 'no-code'; readonly status: number; readonly waitMs: number }
  /** 5xx. */
  | { readonly kind: 'server-error'; readonly status: number }
  /** 2xx with the wrong content, 3xx, or an answer that was cut off or too long. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** Sent, but no complete answer by the deadline. */
  | { readonly kind: 'timeout' }
  /** Sent, but the connection ended before the first byte of an answer. */
  | { readonly kind: 'connection-lost'; readonly reason: string; readonly isSocketReused: boolean }
  /** Proven not sent: connection refused, DNS, TLS, or no socket in time. */
  | { readonly kind: 'not-connected'; readonly reason: string }
  /** Proven not sent: `sendBefore` passed first. */
  | { readonly kind: 'too-late' }
  /** Proven not sent: Twilio refuses the client of our OAuth app, so there is no access token. */
  | { readonly kind: 'token-rejected'; readonly reason: string }
  /** Proven not sent: the breaker is open. `waitMs` until the next probe; absent while one is due or running. */
  | { readonly kind: 'breaker-open'; readonly waitMs?: number };

/**
 * Decides how an exchange ended.
 *
 * @param read finds the value in a 2xx answer, or names what is wrong with it; `elapsedMs` is since the request was sent
 */
export function resultOf<T, V extends object>(
  sdk: SdkResult<T>,
  read: (value: T, answer: Answer, elapsedMs: number) => V | InvalidAnswer,
): ExchangeResult<V> {
  const { answer, sentAt } = sdk.exchange;
  if (answer === undefined || sentAt === undefined) return { failure: failureWithoutAnswer(sdk.exchange) };

  // The HTTP status decides, not the SDK's error: for RFC 9457 bodies that repeats the status in the body.
  const { status, retryAfter, date } = answer;
  if (status >= 500) return { failure: { kind: 'server-error', status } };
  if (status >= 400) {
    const refusal = 'error' in sdk ? refusalIn(sdk.error) : undefined;
    const waitMs = retryAfterMs(retryAfter, date);
    const { hasOtherCredentials } = sdk.exchange;
    return refusal === undefined
      ? { failure: { kind: 'no-code', status, waitMs }, hasOtherCredentials }
      : {
          failure: { kind: 'refused', twilioCode: refusal.code, meaning: failureOf(refusal, status), waitMs },
          hasOtherCredentials,
        };
  }
  if (status < 200 || status >= 300) return { failure: { kind: 'unreadable', reason: `http-${status}` } };
  if ('error' in sdk) return { failure: { kind: 'unreadable', reason: 'not-json' } };
  const value = read(sdk.value, answer, performance.now() - sentAt);
  return typeof value === 'string' ? { failure: { kind: 'unreadable', reason: value } } : { value };
}

function failureWithoutAnswer({ fault, sentAt, hasAnswerBegun, isSocketReused }: Exchange): ExchangeFailure {
  const reason = fault?.reason ?? 'no-code';
  if (sentAt === undefined) {
    if (fault?.kind === 'too-late') return { kind: 'too-late' };
    return { kind: fault?.kind === 'token-rejected' ? 'token-rejected' : 'not-connected', reason };
  }
  if (fault?.kind === 'deadline') return { kind: 'timeout' };
  return hasAnswerBegun ? { kind: 'unreadable', reason } : { kind: 'connection-lost', reason, isSocketReused };
}

/** The result of a failed fetch. A fetch changes nothing at Twilio, so this only decides the response. */
export function fetchedFrom(failure: ExchangeFailure): Fetched {
  if (isRejection(failure)) return failed('provider-rejected');
  switch (failure.kind) {
    case 'refused': {
      const { code, fact } = failure.meaning;
      if (fact !== undefined) return { kind: 'learnt', fact };
      return code === 'provider-throttled' ? failed(code, failure.waitMs) : failed('provider-error');
    }
    case 'no-code':
      return failure.status === 429 ? failed('provider-throttled', failure.waitMs) : failed('provider-error');
    case 'unreadable':
      return failed('provider-error');
    case 'token-rejected':
      return failed('provider-rejected');
    case 'server-error':
    case 'timeout':
    case 'connection-lost':
    case 'not-connected':
    case 'too-late':
      return failed('provider-unavailable');
    case 'breaker-open':
      return failed('provider-unavailable', failure.waitMs);
    default:
      return failure satisfies never;
  }
}

/** The result of a failed create: `notSent` only with proof, that is, no byte was sent or Twilio returned a code. */
export function createdFrom(failure: ExchangeFailure): Created {
  switch (failure.kind) {
    case 'refused': {
      const { code, fact } = failure.meaning;
      return {
        outcome: 'notSent',
        code,
        ...(fact !== undefined && { fact }),
        ...(code === 'provider-throttled' && { waitMs: failure.waitMs }),
      };
    }
    case 'token-rejected':
      return { outcome: 'notSent', code: 'provider-rejected' };
    case 'not-connected':
    case 'too-late':
      return { outcome: 'notSent', code: 'provider-unavailable' };
    case 'breaker-open': {
      const { waitMs } = failure;
      return { outcome: 'notSent', code: 'provider-unavailable', ...(waitMs !== undefined && { waitMs }) };
    }
    case 'no-code':
    case 'server-error':
    case 'unreadable':
    case 'timeout':
    case 'connection-lost':
      return { outcome: 'unknown' };
    default:
      return failure satisfies never;
  }
}

/** Whether Twilio, or a gateway in front of it, rejects our credentials, their permissions or our Verify Service. */
export function isRejection(failure: ExchangeFailure): boolean {
  if (failure.kind === 'refused') return failure.meaning.code === 'provider-rejected';
  if (failure.kind === 'token-rejected') return true;
  return failure.kind === 'no-code' && (failure.status === 401 || failure.status === 403);
}

/** Whether a failure counts for the breaker. A refusal means that Twilio is up; a call not made means nothing. */
export function isDown(failure: ExchangeFailure): boolean {
  switch (failure.kind) {
    case 'timeout':
    case 'not-connected':
    case 'connection-lost':
    case 'server-error':
      return true;
    case 'unreadable':
      // A request with an unusual spelling of a SID or identity gets a response about another: it must not affect
      // everyone.
      return failure.reason !== 'other-challenge' && failure.reason !== 'other-identity';
    case 'refused':
    case 'no-code':
    case 'token-rejected':
    case 'too-late':
    case 'breaker-open':
      return false;
    default:
      return failure satisfies never;
  }
}

function failed(code: ProviderCode, waitMs?: number): Fetched {
  return { kind: 'failed', code, ...(waitMs !== undefined && { waitMs }) };
}
