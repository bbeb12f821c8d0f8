import { createHmac } from 'node:crypto';
import { canonicalIdentity } from '@resend/canonical-identity.js';
import { setNewest } from '@resend/set-newest.js';

/** Number of cached hashes: those of the users with running requests, and some more. */
const MOST = 1000;

/**
 * A pseudonym of each user: 132 bits of HMAC-SHA-256 of the identity, 22 characters. It is the hash tag of the user's
 * Redis keys. Every instance needs the same secret.
 */
export function identityHasher(secret: string): (identity: string) => string {
  const recent = new Map<string, string>();
  return (identity) => {
    const known = recent.get(identity);
    if (known !== undefined) return known;
    const hash = createHmac('sha256', secret).update(canonicalIdentity(identity)).digest('base64url').slice(0, 22);
    setNewest(recent, identity, hash, MOST);
    return hash;
  };
}
