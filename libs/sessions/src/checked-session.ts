import type { SessionReason } from '@resend/credential-reasons.js';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import type { Session } from '@resend/ports.js';

/**
 * Validates what a session record or a token contains.
 * @param identity a number counts as its digits, as long as it is exact
 * @param challengeSid undefined or null mean "not bound"; any other value that is not a SID makes the session invalid
 * @param prefix required prefix of the identity, which is removed
 * @returns the session, or why there is none
 */
export function checkedSession(identity: unknown, challengeSid: unknown, prefix = ''): Session | SessionReason {
  if (identity === undefined || identity === null || identity === '') return 'no-identity';
  // JSON.parse rounds a number above 2^53, and two users would then have the same one.
  const written = typeof identity === 'number' && Number.isSafeInteger(identity) ? String(identity) : identity;
  if (typeof written !== 'string' || !written.startsWith(prefix)) return 'identity-not-twilios';
  const own = written.slice(prefix.length);
  if (!IDENTITY.test(own)) return 'identity-not-twilios';
  if (challengeSid === undefined || challengeSid === null) return { identity: own };
  if (typeof challengeSid !== 'string' || !CHALLENGE_SID.test(challengeSid)) return 'challenge-not-twilios';
  return { identity: own, challengeSid };
}
