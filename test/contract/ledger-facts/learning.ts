import { expect } from 'vitest';
import type { ChallengeFact } from '@resend/ports.js';
import { answered, pending, webhook } from '../../support/ledger-user.js';
import { A, B, DAY_MS, type Fact } from './fact.js';

export function learning(fact: Fact): void {
  const final: [ChallengeFact, string][] = [
    [answered('approved'), 'approved'],
    [answered('denied'), 'denied'],
    [{ kind: 'expired' }, 'expired'],
  ];
  for (const [first, status] of final) {
    fact(`what is ${status} stays ${status}`, async ({ ann }) => {
      await ann.learn(A, first);
      const later: ChallengeFact[] = [
        pending(),
        answered('approved'),
        answered('denied'),
        webhook('approved'),
        webhook('denied'),
        { kind: 'expired' },
        { kind: 'not-found' },
        { kind: 'exhausted' },
        { kind: 'not-push' },
      ];
      for (const one of later) {
        expect(await ann.learn(A, one)).toMatchObject({
          next: { code: `challenge-${status}` },
          challenge: { status, remainingMs: 0 },
        });
      }
    });
  }

  fact('what was learnt first of a Challenge’s times stays', async ({ ann, clock }) => {
    await ann.learn(A, pending({ ageMs: 60_000, remainingMs: 100_000 }));
    clock.pass(1000);
    expect(await ann.learn(A, pending({ ageMs: 0, remainingMs: 500_000 }))).toMatchObject({
      next: { code: 'ready' },
      challenge: { status: 'pending', remainingMs: 99_000 },
    });
  });

  fact('not found is remembered for 30 seconds, and may be found then', async ({ ann, clock }) => {
    await ann.learn(A, { kind: 'not-found' });
    expect(await ann.peek(A)).not.toHaveProperty('challenge');
    clock.pass(29_999);
    expect(await ann.next(A)).toEqual({ code: 'challenge-not-found' });
    clock.pass(1);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
    await ann.learn(A, { kind: 'not-found' });
    await ann.learn(A, pending());
    expect(await ann.peek(A)).toMatchObject({ next: { code: 'ready' }, challenge: { status: 'pending' } });
  });

  fact('an approval starts the windows afresh from its moment, and ends no cooldown or cap', async ({ ann, clock }) => {
    await ann.resendTimes(3, 60_000);
    clock.pass(60_000);
    const id = await ann.resend(A);
    clock.pass(10_000);
    await ann.learn(B, answered('approved', 30_000));
    expect(await ann.peek(A)).toMatchObject({
      next: { code: 'cooling-down', waitMs: 50_000 },
      resends: { used: 1 },
      windows: [{ used: 1 }, { used: 1 }],
    });
    await ann.learn(A, webhook('approved'));
    const standing = await ann.peek('YC-c');
    expect(standing).toMatchObject({ next: { code: 'cooling-down', waitMs: 20_000 } });
    expect(standing.windows).toEqual([
      { limit: 10, windowMs: DAY_MS, used: 0 },
      { limit: 5, windowMs: 900_000, used: 0 },
    ]);
    expect(await ann.settle(id, A, 'notSent')).toMatchObject({ kind: 'ignored' });
  });

  fact('an approval counts from the moment of the answer, to the millisecond', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(1000);
    await ann.learn(B, answered('approved', 1001));
    expect((await ann.peek(A)).windows[0]?.used).toBe(1);
    await ann.learn('YC-c', answered('approved', 1000));
    expect((await ann.peek(A)).windows[0]?.used).toBe(0);
  });

  fact('an approval takes effect once, however often it is told', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    await ann.learn(A, webhook('approved'));
    clock.pass(1000);
    await ann.resend(B);
    await ann.learn(A, webhook('approved'));
    await ann.learn(A, answered('approved'));
    expect((await ann.peek(B)).windows[0]?.used).toBe(1);
  });

  fact('a resend in the very millisecond after an approval is counted', async ({ ann }) => {
    await ann.learn(A, answered('approved'));
    await ann.resend(B);
    expect((await ann.peek(B)).windows[0]?.used).toBe(1);
  });

  fact('a resend reserved before an approval and leaving after it is counted', async ({ ann, clock }) => {
    const id = await ann.reserve(B);
    clock.pass(1000);
    await ann.learn(A, answered('approved'));
    await ann.dispatch(id, B);
    expect((await ann.peek(B)).windows[0]?.used).toBe(1);
  });

  fact('an approval ends no hold', async ({ ann, clock }) => {
    await ann.learn(A, answered('denied'));
    clock.pass(1000);
    await ann.learn(B, answered('approved'));
    expect(await ann.next('YC-c')).toEqual({ code: 'held-after-denial', waitMs: 599_000 });
  });

  fact('a hold counts from the latest denial, and takes effect once for each Challenge', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    await ann.learn(A, webhook('denied'));
    clock.pass(100_000);
    await ann.learn(A, webhook('denied'));
    await ann.learn(A, answered('denied'));
    expect(await ann.next('YC-c')).toMatchObject({ waitMs: 500_000 });
    await ann.learn(B, answered('denied', 200_000));
    expect(await ann.next('YC-c')).toMatchObject({ waitMs: 500_000 });
    await ann.learn('YC-d', answered('denied', 50_000));
    expect(await ann.next('YC-c')).toMatchObject({ waitMs: 550_000 });
  });

  fact('a pending Challenge whose time is over may still turn out approved', async ({ ann, clock }) => {
    await ann.learn(A, pending({ remainingMs: 1000 }));
    clock.pass(1000);
    expect(await ann.next(A)).toEqual({ code: 'challenge-expired' });
    await ann.learn(A, answered('approved', 500));
    expect(await ann.next(A)).toEqual({ code: 'challenge-approved' });
  });

  fact('of 33 Challenges the oldest that is over goes first, then the oldest', async ({ ann, clock }) => {
    await ann.learn('YC-0', pending());
    await ann.learn('YC-1', { kind: 'expired' });
    await ann.learn('YC-2', { kind: 'expired' });
    for (let number = 3; number < 32; number++) {
      clock.pass(1);
      await ann.learn(`YC-${number}`, pending());
    }
    const isKnown = async (challenge: string) => (await ann.peek(challenge)).challenge !== undefined;
    await ann.learn('YC-32', pending());
    expect(await Promise.all(['YC-0', 'YC-1', 'YC-2', 'YC-3'].map(isKnown))).toEqual([true, false, true, true]);
    await ann.learn('YC-33', pending());
    expect(await Promise.all(['YC-0', 'YC-2', 'YC-3'].map(isKnown))).toEqual([true, false, true]);
    await ann.learn('YC-34', pending());
    expect(await Promise.all(['YC-0', 'YC-3', 'YC-34'].map(isKnown))).toEqual([false, true, true]);
    await ann.learn('YC-3', pending());
    expect(await Promise.all(['YC-3', 'YC-4', 'YC-34'].map(isKnown))).toEqual([true, true, true]);
  });

  fact('a forgotten Challenge keeps its count', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(60_000);
    await ann.resend(A);
    for (let number = 0; number < 32; number++) await ann.learn(`YC-${number}`, pending());
    const standing = await ann.peek(A);
    expect(standing).not.toHaveProperty('challenge');
    expect(standing).toMatchObject({ next: { code: 'challenge-limit' }, resends: { used: 2 } });
  });

  fact('a Challenge is remembered for an hour after something was learnt of it', async ({ ann, clock }) => {
    await ann.learn(A, answered('approved'));
    clock.pass(3_599_999);
    expect(await ann.next(A)).toEqual({ code: 'challenge-approved' });
    clock.pass(1);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
  });
}
