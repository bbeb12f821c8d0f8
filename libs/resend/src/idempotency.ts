import { createHash, randomBytes } from 'node:crypto';

/** A random 128-bit reservation id, 22 characters. */
export function reservationId(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * What the ledger remembers of an Idempotency-Key: neither the key nor the request, only a hash of each. The ledger
 * keeps them per user, so the same key of another user is another key.
 */
export function hashedKey(key: string, request: { challengeSid: string; ttlSeconds?: number }) {
  return { hash: hash(key), request: hash(`${request.challengeSid} ${request.ttlSeconds ?? ''}`) };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
