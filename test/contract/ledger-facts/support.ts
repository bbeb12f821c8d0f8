import { expect } from 'vitest';
import { answered, pending, webhook } from '../../support/ledger-user.js';
import { A, B, DAY_MS, type Fact } from './fact.js';

/** Resets and blocks. */
export function support(fact: Fact): void {
  fact('a reset starts the windows afresh and ends a hold', async ({ ann, clock }) => {
    await ann.resendTimes(5);
    await ann.learn(B, answered('denied'));
    clock.pass(30_000);
    await ann.reset();
    const standing = await ann.peek(A);
    expect(standing.next).toEqual({ code: 'ready' });
    expect(standing.windows).toEqual([
      { limit: 10, windowMs: DAY_MS, used: 0 },
      { limit: 5, windowMs: 900_000, used: 0 },
    ]);
    expect(await ann.next(B)).toEqual({ code: 'challenge-denied' });
  });

  fact('a reset touches no cooldown, cap, open reservation or key', async ({ ann, clock }) => {
    await ann.resend(A, { key: 'k1' });
    await ann.reset();
    expect(await ann.peek(A)).toMatchObject({
      next: { code: 'cooling-down', waitMs: 60_000 },
      resends: { used: 1 },
    });
    clock.pass(60_000);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'replayed' });
    const id = await ann.reserve(A);
    await ann.reset();
    expect(await ann.tap(B)).toMatchObject({ code: 'resend-in-progress' });
    expect(await ann.dispatch(id, A)).toMatchObject({
      kind: 'dispatched',
      standing: { next: { code: 'challenge-limit' }, resends: { used: 2 }, windows: [{ used: 1 }, { used: 1 }] },
    });
  });

  fact(
    'a reset answers what was used and held before it, and the next one that nothing was',
    async ({ ann, clock }) => {
      await ann.resend(B);
      clock.pass(1000);
      await ann.learn(A, answered('denied'));
      clock.pass(2000);
      expect(await ann.reset()).toEqual({
        windows: [
          { limit: 10, windowMs: DAY_MS, used: 1, resetInMs: DAY_MS - 3000 },
          { limit: 5, windowMs: 900_000, used: 1, resetInMs: 897_000 },
        ],
        heldMs: 598_000,
      });
      expect(await ann.reset()).toEqual({
        windows: [
          { limit: 10, windowMs: DAY_MS, used: 0 },
          { limit: 5, windowMs: 900_000, used: 0 },
        ],
      });
    },
  );

  fact('the end of a block answers what was left of it, and nothing without one', async ({ ann, clock }) => {
    expect(await ann.unblock()).toEqual({});
    await ann.block(60_000);
    clock.pass(1000);
    expect(await ann.unblock()).toEqual({ blockedMs: 59_000 });
    expect(await ann.unblock()).toEqual({});
    await ann.block(1000);
    clock.pass(1000);
    expect(await ann.unblock()).toEqual({});
  });

  fact('a resend in the very millisecond after a reset is counted', async ({ ann }) => {
    await ann.reset();
    await ann.resend(A);
    expect((await ann.peek(A)).windows[0]?.used).toBe(1);
  });

  fact('a denial in the very millisecond after a reset holds', async ({ ann }) => {
    await ann.learn(A, pending());
    await ann.reset();
    await ann.learn(A, webhook('denied'));
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 600_000 });
  });

  fact('a denial that a reset did not know of holds, from the moment of the answer', async ({ ann, clock }) => {
    clock.pass(1000);
    await ann.reset();
    await ann.learn(A, answered('denied', 1000));
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 599_000 });
  });

  fact('a reset hold does not come back when its denial is told again', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    await ann.learn(A, webhook('denied'));
    clock.pass(1000);
    await ann.reset();
    await ann.learn(A, webhook('denied'));
    await ann.learn(A, answered('denied', 1000));
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });

  fact('a reset ends no block, and the end of a block no hold', async ({ ann }) => {
    await ann.block(60_000);
    await ann.reset();
    expect(await ann.next(A)).toEqual({ code: 'blocked', waitMs: 60_000 });
    await ann.learn(A, answered('denied'));
    await ann.unblock();
    expect(await ann.next(B)).toMatchObject({ code: 'held-after-denial' });
  });

  fact('a second block takes the place of the first', async ({ ann, clock }) => {
    await ann.block(60_000);
    clock.pass(1000);
    await ann.block(2000);
    expect(await ann.next(A)).toEqual({ code: 'blocked', waitMs: 2000 });
    await ann.unblock();
    await ann.unblock();
    expect(await ann.next(A)).toEqual({ code: 'ready' });
  });
}
