import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { identityHasher } from '@ledger/identity-hash.js';

test('a hash is the same whether it is remembered, forgotten, or new', () => {
  const hashOf = identityHasher('a secret');
  const expected = (identity: string) =>
    createHmac('sha256', 'a secret').update(identity).digest('base64url').slice(0, 22);
  const identities = Array.from({ length: 2500 }, (_, number) => `user-${number}-of-many`);
  for (let time = 0; time < 2; time++) {
    for (const identity of identities) {
      expect(hashOf(identity)).toBe(expected(identity));
      expect(hashOf(identity)).toBe(expected(identity));
    }
  }
  expect(identityHasher('another secret')('user-0-of-many')).not.toBe(expected('user-0-of-many'));
});

test('an identity that has the form of a SID is one user in every case of letters; any other is not', () => {
  const hashOf = identityHasher('a secret');
  const sid = `YE${'0a'.repeat(16)}`;
  const own = createHmac('sha256', 'a secret').update(sid).digest('base64url').slice(0, 22);
  for (const same of [sid, sid.toUpperCase(), sid.toLowerCase(), `ye${'0A'.repeat(16)}`])
    expect(hashOf(same)).toBe(own);
  for (const other of [`${sid}0`, `Y1${'0a'.repeat(16)}`, 'user-0A0A0A0A']) {
    expect(hashOf(other)).not.toBe(hashOf(other.toLowerCase()));
  }
});
