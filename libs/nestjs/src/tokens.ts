/** Injection token of the ResendPolicy, which is no class. */
export const RESEND_POLICY = Symbol('ResendPolicy');

/** Injection token of `identityHasher` with this service's secret: the one name that a user has in Redis, log and audit trail. */
export const HASH_OF = Symbol('hashOf');
export type HashOf = (identity: string) => string;
