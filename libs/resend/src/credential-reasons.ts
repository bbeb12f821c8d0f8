/** Why an access token, a JWT or an introspected one, is refused. docs/sessions.md explains each word. */
const TOKEN_REASONS = [
  'malformed',
  'wrong-type',
  'wrong-algorithm',
  'unknown-key',
  'bad-signature',
  'wrong-issuer',
  'wrong-audience',
  'missing-claim',
  'not-yet-valid',
  'expired',
  'bound-to-a-key',
] as const;
export type TokenReason = (typeof TOKEN_REASONS)[number];

/**
 * Why the session of a request is refused, on the public API. For the log and the metrics: callers get no more than RFC
 * 6750 allows.
 */
export const SESSION_REASONS = [
  'no-credential',
  ...TOKEN_REASONS,
  'of-a-client',
  'no-scope',
  'no-identity',
  'identity-not-twilios',
  'challenge-not-twilios',
  'unknown-token',
  'wrong-secret',
  'inactive',
  'no-record',
  'unreadable-record',
  'no-session',
  'other-challenge',
] as const;
export type SessionReason = (typeof SESSION_REASONS)[number];

/** Why a caller of the internal API is refused: its key or JWT is missing or invalid. */
export const CONSUMER_REASONS = [
  'no-credential',
  ...TOKEN_REASONS,
  'unknown-api-key',
  'wrong-secret',
  'no-client-id',
] as const;
export type ConsumerReason = (typeof CONSUMER_REASONS)[number];

export type CredentialReason = SessionReason | ConsumerReason;
