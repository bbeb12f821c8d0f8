/** An Idempotency-Key: 128 random bits. `randomUUID` would need https. React Native has no `crypto`, and a press works all the same. */
export function newKey(): string {
  const bits = new Uint32Array(4);
  if (globalThis.crypto) crypto.getRandomValues(bits);
  else for (const index of bits.keys()) bits[index] = Math.random() * 2 ** 32;
  return Array.from(bits, (part) => part.toString(36)).join('-');
}
