/**
 * Every expected "no" of the domain: a closed union. The table of problems maps each to HTTP, and does not compile
 * until a new code has its row there.
 */
export type RefusalCode = LedgerCode | ProviderCode | 'delivery-unknown' | ServiceCode;

/** A "no" of the ledger: decided from its state, before Twilio is called. */
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

/** A "no" of Twilio or of the connection to it. Nothing was sent. */
export type ProviderCode = 'provider-error' | 'provider-rejected' | 'provider-throttled' | 'provider-unavailable';

/** A "no" about the state of this service, or about the caller's session. */
export type ServiceCode =
  | 'session-invalid'
  | 'session-unavailable'
  | 'ledger-unavailable'
  | 'overloaded'
  | 'resends-paused'
  | 'shutting-down';
