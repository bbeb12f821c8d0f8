import { expect } from 'vitest';
import { answered } from '../../support/ledger-user.js';
import { A, B, type Fact, type Users } from './fact.js';

/** A refusal and a question change nothing. */
export function refusals(fact: Fact): void {
  const before: [string, string, (users: Users) => Promise<unknown>][] = [
    ['an approved Challenge', A, ({ ann }) => ann.learn(A, answered('approved'))],
    ['a block', A, ({ ann }) => ann.block(60_000)],
    ['an open reservation', B, ({ ann }) => ann.reserve(A)],
    ['a resend under way', A, ({ ann }) => ann.leave(A)],
    ['a hold', B, ({ ann }) => ann.learn(A, answered('denied'))],
    ['a used-up Challenge', A, ({ ann }) => ann.learn(A, { kind: 'exhausted' })],
    ['full windows', A, ({ ann }) => ann.resendTimes(5)],
    ['a cooldown', B, ({ ann }) => ann.resend(A)],
  ];
  for (const [what, challenge, arrange] of before) {
    fact(`a tap refused for ${what} changes nothing stored`, async (world) => {
      await arrange(world);
      world.clock.pass(1);
      const stored = await world.stored();
      expect(await world.ann.tap(challenge, { key: 'k1' })).toMatchObject({ kind: 'refused' });
      await world.ann.peek(challenge);
      await world.ann.peek('YC-untouched');
      expect(await world.stored()).toBe(stored);
    });
  }

  fact('a reused key, a replay and a coalesced tap change nothing stored', async ({ ann, clock, stored }) => {
    await ann.resend(A, { key: 'k1' });
    clock.pass(1);
    const untouched = await stored();
    expect(await ann.tap(B, { key: 'k1 of another request' })).toMatchObject({ kind: 'refused' });
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'replayed' });
    expect(await ann.tap(A)).toMatchObject({ kind: 'replayed' });
    expect(await stored()).toBe(untouched);
  });

  fact('a key in progress and a repeated settling change nothing stored', async ({ ann, clock, stored }) => {
    const id = await ann.leave(A, { key: 'k1' });
    clock.pass(1);
    const open = await stored();
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'refused' });
    expect(await stored()).toBe(open);
    await ann.settle(id, A, 'sent');
    const settled = await stored();
    clock.pass(1);
    expect(await ann.settle(id, A, 'notSent')).toMatchObject({ kind: 'ignored' });
    expect(await stored()).toBe(settled);
  });

  fact('a question about a user nobody knows stores nothing', async ({ ann, stored }) => {
    const nothing = await stored();
    await ann.peek(A);
    expect(await stored()).toBe(nothing);
  });
}
