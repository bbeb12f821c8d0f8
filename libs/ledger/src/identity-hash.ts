import { createHmac } from 'node:crypto';

/**
 * A pseudonym of each user: 132 bits of HMAC-SHA-256 of the identity, 22 characters. It is the hash tag of the user's
 * Redis keys. Every instance needs the same secret.
 */
export function identityHasher(secret: string): (identity: string) => string {
  return (identity) => createHmac('sha256', secret).update(identity).digest('base64url').slice(0, 22);
}
