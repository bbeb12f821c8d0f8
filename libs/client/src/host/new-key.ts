/** An Idempotency-Key: 128 random bits. `randomUUID` would need https. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (bits) => bits.toString(36)).join('-');
}
