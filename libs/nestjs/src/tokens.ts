/** Injection tokens for values that are not classes. */

export const RESEND_POLICY = Symbol('ResendPolicy');
/** `identityHasher` with this module's secret: names a user in Redis, in the log and in the audit trail. */
export const HASH_OF = Symbol('hashOf');
export type HashOf = (identity: string) => string;
/** The `Log`. */
export const LOG = Symbol('Log');
/** The `WebhookOptions`, and the SIDs that events must carry. */
export const WEBHOOK = Symbol('WebhookOptions');
