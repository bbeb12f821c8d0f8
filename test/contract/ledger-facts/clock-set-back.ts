import { expect } from 'vitest';
import { answered, pending, webhook } from '../../support/ledger-user.js';
import { A, B, DAY_MS, type Fact } from './fact.js';

export function clockSetBack(fact: Fact): void {
  const HOUR_MS = 3_600_000;

  fact(
    'with the clock set back, stamps from the future become now: one cooldown, not an hour',
    async ({ ann, clock }) => {
      await ann.resend(A);
      clock.pass(10_000 - HOUR_MS);
      expect(await ann.next(B)).toEqual({ code: 'cooling-down', waitMs: 30_000 });
      clock.pass(30_000);
      expect(await ann.peek(B)).toMatchObject({
        next: { code: 'ready' },
        windows: [
          { used: 1, resetInMs: DAY_MS - 30_000 },
          { used: 1, resetInMs: 870_000 },
        ],
      });
    },
  );

  fact('with the clock set back, a hold lasts no longer than a hold', async ({ ann, clock }) => {
    await ann.learn(A, answered('denied'));
    clock.pass(-HOUR_MS);
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 600_000 });
    clock.pass(599_999);
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 1 });
    clock.pass(1);
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });

  fact('with the clock set back, a lease lasts no longer than a lease', async ({ ann, clock }) => {
    await ann.reserve(A);
    clock.pass(-HOUR_MS);
    expect(await ann.next(B)).toEqual({ code: 'resend-in-progress', waitMs: 10_000 });
    clock.pass(10_000);
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });

  fact('with the clock set back, a push just sent coalesces no longer than it may', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(-HOUR_MS);
    expect(await ann.tap(A)).toMatchObject({ kind: 'replayed' });
    clock.pass(2000);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'cooling-down' });
  });

  fact('with the clock set back, resends after an approval are still counted', async ({ ann, clock }) => {
    await ann.learn(A, answered('approved'));
    clock.pass(1000);
    await ann.resendTimes(5);
    clock.pass(-HOUR_MS);
    expect(await ann.peek(B)).toMatchObject({ next: { code: 'user-limit' }, windows: [{ used: 5 }, { used: 5 }] });
  });

  fact('with the clock set back, resends before an approval or a reset stay uncounted', async ({ ann, bob, clock }) => {
    await ann.resendTimes(2);
    await bob.resend(A);
    clock.pass(1000);
    await ann.learn(A, answered('approved'));
    await bob.reset();
    clock.pass(1000 - HOUR_MS);
    expect((await ann.peek(B)).windows).toMatchObject([{ used: 0 }, { used: 0 }]);
    expect((await bob.peek(B)).windows).toMatchObject([{ used: 0 }, { used: 0 }]);
    clock.pass(30_000);
    await ann.resend(B);
    expect((await ann.peek(B)).windows).toMatchObject([{ used: 1 }, { used: 1 }]);
  });

  fact(
    'with the clock set back, a denial after a reset still holds, and one before it does not',
    async ({ ann, bob, clock }) => {
      await ann.reset();
      await bob.learn(A, answered('denied'));
      clock.pass(1000);
      await ann.learn(A, answered('denied'));
      await bob.reset();
      clock.pass(-HOUR_MS);
      expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 600_000 });
      expect(await bob.next(B)).toEqual({ code: 'ready' });
    },
  );

  fact(
    'with the clock set back, what is known of a Challenge is asked for again after its time',
    async ({ ann, clock }) => {
      await ann.learn(A, pending());
      clock.pass(-HOUR_MS);
      expect(await ann.look(A)).toBe('known');
      clock.pass(2000);
      expect(await ann.look(A)).toBe('ask');
    },
  );

  fact('with the clock set back, not found is remembered for 30 seconds still', async ({ ann, clock }) => {
    await ann.learn(A, { kind: 'not-found' });
    clock.pass(-HOUR_MS);
    expect(await ann.next(A)).toEqual({ code: 'challenge-not-found' });
    clock.pass(30_000);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
  });

  fact('what was cleared before the clock was set back does not come back', async ({ ann, clock }) => {
    await ann.reserve(A);
    clock.pass(10_000);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
    clock.pass(-5000);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
  });

  fact('stamps are moved on the first sight, whatever is asked', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(-20_000);
    await ann.block(1000);
    clock.pass(20_000);
    expect(await ann.next(B)).toEqual({ code: 'cooling-down', waitMs: 10_000 });
  });

  fact('and stored, even where a fact is only supposed', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(-20_000);
    await ann.peek(B, pending());
    clock.pass(20_000);
    expect(await ann.next(B)).toEqual({ code: 'cooling-down', waitMs: 10_000 });
  });

  fact('with the clock set back, nothing of an overview is in the future', async ({ ann, clock }) => {
    await ann.learn(B, answered('denied'));
    await ann.learn(A, pending());
    await ann.reset();
    await ann.resend(A);
    await ann.learn('YC-c', answered('denied'));
    clock.pass(-HOUR_MS);
    const { challenges, heldMs } = await ann.overview();
    expect(heldMs).toBe(600_000);
    expect(challenges.map(({ ageMs, lastResendAgoMs }) => [ageMs, lastResendAgoMs])).toEqual([
      [0, undefined],
      [0, 0],
      [0, undefined],
    ]);
  });

  fact('with the clock set back, an end is told once, and never before its resend', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(10_000 - HOUR_MS);
    await ann.peek(A);
    clock.pass(500);
    const { ended } = await ann.learn(A, answered('approved'));
    expect(ended).toEqual({ status: 'approved', resends: 1, sinceLastMs: 500 });
    clock.pass(-HOUR_MS);
    expect(await ann.learn(A, answered('approved'))).not.toHaveProperty('ended');
    expect(await ann.learn(A, webhook('denied'))).not.toHaveProperty('ended');
  });
}
