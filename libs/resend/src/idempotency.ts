import { hash as digest } from 'node:crypto';
import { randomText } from './random-text.js';

/** A random 128-bit reservation id, 22 characters. */
export function reservationId(): string {
  return randomText(16, 'base64url');
}

/**
 * What the ledger stores of an Idempotency-Key: a hash of the key and a hash of its request. Keys are stored per user,
 * so equal keys of two users never collide.
 */
export function hashedKey(key: string, request: { challengeSid: string; ttlSeconds?: number }) {
  return { hash: hash(key), request: hash(`${request.challengeSid} ${request.ttlSeconds ?? ''}`) };
}

function hash(text: string): string {
  return digest('sha256', text, 'base64url').slice(0, 16);
}
