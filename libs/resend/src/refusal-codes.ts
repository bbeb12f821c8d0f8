/**
 * Every expected "no" of the domain: a closed union. What each means over HTTP stands in the app's table of
 * problems, which does not compile until a new code has its row there.
 */
export type RefusalCode = LedgerCode | ProviderCode | 'delivery-unknown' | ServiceCode;

/** A "no" of the ledger: decided from what is remembered, before Twilio is asked. */
export const LEDGER_CODES = [
  'challenge-approved',
  'challenge-denied',
  'challenge-expired',
  'challenge-not-found',
  'challenge-not-push',
  'challenge-limit',
  'too-many-requests',
  'blocked',
  'resend-in-progress',
  'held-after-denial',
  'user-limit',
  'cooling-down',
  'idempotency-key-reused',
] as const;
export type LedgerCode = (typeof LEDGER_CODES)[number];

/** A "no" of Twilio, or of the way there. All of these are known not to have sent anything. */
export type ProviderCode = 'provider-error' | 'provider-rejected' | 'provider-throttled' | 'provider-unavailable';

/** A "no" of this service about itself or about who is asking. */
export type ServiceCode =
  | 'session-invalid'
  | 'session-unavailable'
  | 'ledger-unavailable'
  | 'overloaded'
  | 'resends-paused'
  | 'shutting-down';
