import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import type { Session } from '@resend/ports.js';

/**
 * Validates what a session record or a token contains.
 * @param challengeSid undefined or null mean "not bound"; any other value that is not a SID makes the session invalid
 * @returns undefined when either value is invalid
 */
export function checkedSession(identity: unknown, challengeSid: unknown): Session | undefined {
  if (typeof identity !== 'string' || !IDENTITY.test(identity)) return undefined;
  if (challengeSid === undefined || challengeSid === null) return { identity };
  if (typeof challengeSid !== 'string' || !CHALLENGE_SID.test(challengeSid)) return undefined;
  return { identity, challengeSid };
}

/** Clocks of an issuer and this service may differ by this much. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** The claims of an access token that matter here, in a JWT and in an introspection response alike. */
export interface Claims {
  readonly sub?: unknown;
  readonly client_id?: unknown;
  readonly cnf?: unknown;
  readonly challenge_sid?: unknown;
}

/** @returns undefined for tokens of a client itself, and for tokens that need a proof of possession: it is not checked here */
export function sessionOfClaims({ sub, client_id, cnf, challenge_sid }: Claims): Session | undefined {
  const isOfClientItself = sub === client_id;
  const isBoundToKey = cnf !== undefined; // DPoP (RFC 9449) or mTLS (RFC 8705): useless to a thief without the key
  return isOfClientItself || isBoundToKey ? undefined : checkedSession(sub, challenge_sid);
}
