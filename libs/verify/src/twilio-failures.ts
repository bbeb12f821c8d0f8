import type { ChallengeFact, Created } from '@resend/ports.js';

/** What one of Twilio's error codes means to us. Whatever it is, Twilio did nothing. */
export interface TwilioFailure {
  /** As `createNotification` answers it; a fetch answers the provider's codes, and the fact where there is one. */
  readonly code: Extract<Created, { outcome: 'notSent' }>['code'];
  /** What the refusal gave away of the Challenge. */
  readonly fact?: ChallengeFact;
  /** Where this is documented or was seen. */
  readonly source: string;
}

/** A refusal of Twilio, as either of the SDK's error classes tells it. */
export interface TwilioRefusal {
  /** Five digits or more. */
  readonly code: number;
  readonly message: string;
}

const page = (code: number): string => `https://www.twilio.com/docs/api/errors/${code}`;
const seen = 'https://github.com/twilio/twilio-node/issues/709';
const notFound = (source: string): TwilioFailure => ({
  code: 'challenge-not-found',
  fact: { kind: 'not-found' },
  source,
});

/**
 * Matched by code and nothing else: 60309 and 20429 share the status 429, 60322 and 60323 share 403, and messages are
 * not documented. A code without a row is a `provider-error`, with status 401 a `provider-rejected`.
 */
export const twilioFailures: ReadonlyMap<number, TwilioFailure> = new Map<number, TwilioFailure>([
  // The Challenge. 60322 does not say which way it was answered.
  [60307, { code: 'challenge-not-push', fact: { kind: 'not-push' }, source: page(60307) }],
  [60309, { code: 'challenge-limit', fact: { kind: 'exhausted' }, source: page(60309) }],
  [60322, { code: 'challenge-answered', source: page(60322) }],
  [60323, { code: 'challenge-expired', fact: { kind: 'expired' }, source: page(60323) }],
  // Factor, Challenge, Entity; and the general one, which Twilio documents for none of them but answers too.
  [60390, notFound(page(60390))],
  [60391, notFound(page(60391))],
  [60392, notFound(page(60392))],
  [20404, notFound(seen)],
  // Not processed, safe to try again.
  [20429, { code: 'provider-throttled', source: page(20429) }],
  [25109, { code: 'provider-throttled', source: page(25109) }],
  // Our credentials, and what they may do.
  [20003, { code: 'provider-rejected', source: page(20003) }],
  [20403, { code: 'provider-rejected', source: page(20403) }],
  [70051, { code: 'provider-rejected', source: page(70051) }],
]);

const unknownFailure: TwilioFailure = {
  code: 'provider-error',
  source: 'https://www.twilio.com/docs/verify/api/error-codes',
};
const serviceMissing: TwilioFailure = { code: 'provider-rejected', source: seen };
const unauthorized: TwilioFailure = { code: 'provider-rejected', source: page(20003) };

/** 20404 quotes the path of what is missing. Cut off after the Service, it is our configuration that is wrong. */
const SERVICE_PATH_ALONE = /\/Services\/VA[0-9a-fA-F]{32}(?!\/Entities\/)/;

/** What Twilio's refusal means. @param status of the answer itself, not what its body says */
export function failureOf({ code, message }: TwilioRefusal, status: number): TwilioFailure {
  if (code === 20404 && SERVICE_PATH_ALONE.test(message)) return serviceMissing;
  return twilioFailures.get(code) ?? (status === 401 ? unauthorized : unknownFailure);
}

/**
 * Reads what the SDK threw. It has two error classes, `RestException` and, for RFC 9457 bodies, one it does not export:
 * both are known by a numeric `status`. Twilio's codes have five digits; a gateway's `"code": 403` is not one of them.
 *
 * @returns undefined when there is no Twilio code in it
 */
export function refusalIn(error: unknown): TwilioRefusal | undefined {
  if (!(error instanceof Error && 'status' in error && 'code' in error)) return undefined;
  const { status, code, message } = error;
  if (typeof status !== 'number' || typeof code !== 'number' || !Number.isInteger(code) || code < 10_000)
    return undefined;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '';
  return { code, message: `${message} ${detail}` };
}
