import type { ChallengeFact, Created } from '@resend/ports.js';

/** What one of Twilio's error codes means to us. With any of them Twilio did nothing. */
export interface TwilioFailure {
  /** The answer of `createNotification`. A fetch answers with `fact` where there is one, else with a `provider-…` code. */
  readonly code: Extract<Created, { outcome: 'notSent' }>['code'];
  /** What the refusal reveals about the Challenge. */
  readonly fact?: ChallengeFact;
  /** Where this is documented or was observed. */
  readonly source: string;
}

/** An error answer of Twilio, from either of the SDK's error classes. */
export interface TwilioRefusal {
  /** Twilio's error code: five digits or more. */
  readonly code: number;
  readonly message: string;
}

const page = (code: number): string => `https://www.twilio.com/docs/api/errors/${code}`;
const observed = 'https://github.com/twilio/twilio-node/issues/709';
const notFound = (source: string): TwilioFailure => ({
  code: 'challenge-not-found',
  fact: { kind: 'not-found' },
  source,
});

/**
 * Matched by code alone: 60309 and 20429 share status 429, 60322 and 60323 share 403, and messages are undocumented. A
 * code without a row means `provider-error`, with status 401 `provider-rejected`.
 */
export const twilioFailures: ReadonlyMap<number, TwilioFailure> = new Map<number, TwilioFailure>([
  // The Challenge. 60322 does not say whether it was approved or denied.
  [60307, { code: 'challenge-not-push', fact: { kind: 'not-push' }, source: page(60307) }],
  [60309, { code: 'challenge-limit', fact: { kind: 'exhausted' }, source: page(60309) }],
  [60322, { code: 'challenge-answered', source: page(60322) }],
  [60323, { code: 'challenge-expired', fact: { kind: 'expired' }, source: page(60323) }],
  // Factor, Challenge, Entity not found; and the general code, which Twilio also returns although undocumented here.
  [60390, notFound(page(60390))],
  [60391, notFound(page(60391))],
  [60392, notFound(page(60392))],
  [20404, notFound(observed)],
  // Throttled: not processed, safe to retry.
  [20429, { code: 'provider-throttled', source: page(20429) }],
  [25109, { code: 'provider-throttled', source: page(25109) }],
  // Our credentials and their permissions.
  [20003, { code: 'provider-rejected', source: page(20003) }],
  [20403, { code: 'provider-rejected', source: page(20403) }],
  [70051, { code: 'provider-rejected', source: page(70051) }],
]);

const unknownFailure: TwilioFailure = {
  code: 'provider-error',
  source: 'https://www.twilio.com/docs/verify/api/error-codes',
};
const serviceMissing: TwilioFailure = { code: 'provider-rejected', source: observed };
const unauthorized: TwilioFailure = { code: 'provider-rejected', source: page(20003) };

/** 20404 quotes the missing path. A path that ends after the Service means that our configuration is wrong. */
const SERVICE_PATH_ALONE = /\/Services\/VA[0-9a-fA-F]{32}(?!\/Entities\/)/;

/** What Twilio's refusal means. @param status the HTTP status, not the one in the body */
export function failureOf({ code, message }: TwilioRefusal, status: number): TwilioFailure {
  if (code === 20404 && SERVICE_PATH_ALONE.test(message)) return serviceMissing;
  return twilioFailures.get(code) ?? (status === 401 ? unauthorized : unknownFailure);
}

/**
 * Reads the error that the SDK threw. The SDK has two error classes: `RestException` and, for RFC 9457 bodies, one that
 * it does not export. Both have a numeric `status`, and their message is whatever the body has there, text or not. Twilio's
 * codes have five digits; a proxy's `"code": 403` is not one.
 *
 * @returns undefined when the error carries no Twilio code
 */
export function refusalIn(error: unknown): TwilioRefusal | undefined {
  if (!(error instanceof Error && 'status' in error && 'code' in error)) return undefined;
  const { status, code } = error;
  if (typeof status !== 'number' || typeof code !== 'number' || !Number.isInteger(code) || code < 10_000)
    return undefined;
  const texts = [error.message, 'detail' in error && error.detail];
  return { code, message: texts.filter((text) => typeof text === 'string').join(' ') };
}
