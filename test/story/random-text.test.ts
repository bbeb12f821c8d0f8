import { expect, test } from 'vitest';
import { randomText } from '@resend/random-text.js';

test('random text has the length of its bytes, and never comes twice', () => {
  const texts = Array.from({ length: 5000 }, () => randomText(16, 'base64url'));
  expect(new Set(texts).size).toBe(5000);
  for (const text of texts) expect(text).toMatch(/^[\w-]{22}$/);
  expect(randomText(10, 'hex')).toMatch(/^[0-9a-f]{20}$/);
});
