import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import type { Session } from '@resend/ports.js';

/**
 * The session that somebody else's record or token speaks of.
 * @param challengeSid undefined or null: not bound. Anything else that is no SID must not pass for unbound.
 * @returns undefined when either is not what Twilio would know
 */
export function checkedSession(identity: unknown, challengeSid: unknown): Session | undefined {
  if (typeof identity !== 'string' || !IDENTITY.test(identity)) return undefined;
  if (challengeSid === undefined || challengeSid === null) return { identity };
  if (typeof challengeSid !== 'string' || !CHALLENGE_SID.test(challengeSid)) return undefined;
  return { identity, challengeSid };
}

/** What an access token says of itself, in a JWT and in an introspection answer alike. */
export interface Claims {
  readonly sub?: unknown;
  readonly client_id?: unknown;
  readonly cnf?: unknown;
  readonly challenge_sid?: unknown;
}

/** The session of whoever may carry this token: a user, and without proof of a key that nobody here checks. */
export function sessionOfClaims({ sub, client_id, cnf, challenge_sid }: Claims): Session | undefined {
  const isOfClientItself = sub === client_id;
  const isBoundToKey = cnf !== undefined; // DPoP (RFC 9449) or mTLS (RFC 8705): stolen, it must be worth nothing
  return isOfClientItself || isBoundToKey ? undefined : checkedSession(sub, challenge_sid);
}
