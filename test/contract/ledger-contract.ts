/**
 * What every ledger keeps to, one fact after the other. The runner gives each fact a ledger of its own on a clock of
 * its own, whichever adapter it is; `ledger.test.ts` runs them on both, `ledger-mutants.test.ts` on broken ones.
 */
import { expect } from 'vitest';
import type { ChallengeFact } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import type { LedgerOnTestClock, RedisLedgerOnTestClock } from '../support/ledger-on-test-clock.js';
import { answered, newId, pending, sidOf, User } from '../support/ledger-user.js';

interface Users {
  readonly ann: User;
  readonly bob: User;
}
export type Fact = (
  name: string,
  check: (given: LedgerOnTestClock & Users) => Promise<void>,
  policy?: Partial<ResendPolicy>,
) => void;

export function given<World extends LedgerOnTestClock>(world: World): World & Users {
  const user = (identity: string) => new User(world.ledger, world.clock, identity);
  return { ...world, ann: user('ann-00000000000000000a'), bob: user('bob-00000000000000000b') };
}

const A = 'YC-a';
const B = 'YC-b';
const DAY_MS = 24 * 3_600_000;

export function ledgerContract(fact: Fact): void {
  decisions(fact);
  keys(fact);
  dispatching(fact);
  settling(fact);
  learning(fact);
  looking(fact);
  support(fact);
  clockSetBack(fact);
  refusals(fact);
}

/** Rows 2 to 9 of the decision table, in its order. */
function decisions(fact: Fact): void {
  fact('the first tap is granted and takes one resend', async ({ ann }) => {
    expect(await ann.tap(A)).toEqual({
      kind: 'granted',
      standing: {
        next: { code: 'resend-in-progress', waitMs: 10_000 },
        resends: { used: 1, limit: 2 },
        windows: [
          { limit: 10, windowMs: DAY_MS, used: 1, resetInMs: DAY_MS },
          { limit: 5, windowMs: 900_000, used: 1, resetInMs: 900_000 },
        ],
      },
    });
  });

  const closing: [string, ChallengeFact, string][] = [
    ['fetched as approved', answered('approved'), 'challenge-approved'],
    ['fetched as denied', answered('denied'), 'challenge-denied'],
    ['fetched as expired', pending({ status: 'expired', remainingMs: -1 }), 'challenge-expired'],
    ['fetched in its last moment', pending({ remainingMs: 0 }), 'challenge-expired'],
    ['fetched as no push', pending({ isPush: false }), 'challenge-not-push'],
    ['that a webhook called approved', { kind: 'responded', status: 'approved' }, 'challenge-approved'],
    ['that a webhook called denied', { kind: 'responded', status: 'denied' }, 'challenge-denied'],
    ['that Twilio did not find', { kind: 'not-found' }, 'challenge-not-found'],
    ['that Twilio refused as expired', { kind: 'expired' }, 'challenge-expired'],
    ['that Twilio refused as no push', { kind: 'not-push' }, 'challenge-not-push'],
  ];
  for (const [what, learnt, code] of closing) {
    fact(`a Challenge ${what} is refused as ${code}, with no wait`, async ({ ann }) => {
      await ann.learn(A, learnt);
      await ann.block(1000);
      const answer = await ann.tap(A);
      expect(answer).toMatchObject({ kind: 'refused', code });
      expect(answer).not.toHaveProperty('waitMs');
      expect(answer.standing.next).toEqual({ code });
    });
  }

  fact('a pending Challenge expires by itself, to the millisecond', async ({ ann, clock }) => {
    await ann.learn(A, pending({ ageMs: 100_000, remainingMs: 5000 }));
    clock.pass(4999);
    expect(await ann.peek(A)).toMatchObject({
      next: { code: 'ready' },
      challenge: { status: 'pending', remainingMs: 1 },
    });
    clock.pass(1);
    expect(await ann.peek(A)).toMatchObject({
      next: { code: 'challenge-expired' },
      challenge: { status: 'expired', remainingMs: 0 },
    });
  });

  fact(
    'a block refuses every Challenge of its user, tells the exact wait, and ends by itself',
    async ({ ann, bob, clock }) => {
      await ann.block(60_000);
      expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'blocked', waitMs: 60_000 });
      expect(await bob.next(A)).toEqual({ code: 'ready' });
      clock.pass(59_999);
      expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'blocked', waitMs: 1 });
      clock.pass(1);
      expect(await ann.tap(A)).toMatchObject({ kind: 'granted' });
    },
  );

  fact('a block comes before coalescing, an open reservation and every limit', async ({ ann }) => {
    await ann.resend(A);
    await ann.block(60_000);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'blocked' });
    await ann.unblock();
    expect(await ann.tap(A)).toMatchObject({ kind: 'replayed' });
  });

  fact('a tap within the coalescing time of the settling is the same tap', async ({ ann, clock }) => {
    const id = await ann.leave(A);
    const sentAt = clock.now;
    clock.pass(900);
    await ann.settle(id, A, 'sent');
    clock.pass(1999);
    const answer = await ann.tap(A);
    expect(answer).toMatchObject({ kind: 'replayed', notification: { sid: sidOf(id), ttlSeconds: 56, sentAt } });
    expect(answer.standing).toMatchObject({ next: { code: 'cooling-down' }, resends: { used: 1 } });
    clock.pass(1);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'cooling-down' });
  });

  fact('a tap on another Challenge is not the same tap', async ({ ann }) => {
    await ann.resend(A);
    expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'cooling-down', waitMs: 30_000 });
  });

  fact('what may have gone out is not coalesced with', async ({ ann }) => {
    await ann.settle(await ann.leave(A), A, 'unknown');
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'cooling-down' });
  });

  fact(
    'coalescing comes before the hold, the cap and the limits',
    async ({ ann }) => {
      await ann.resend(A);
      await ann.learn(B, answered('denied'));
      expect(await ann.tap(A)).toMatchObject({ kind: 'replayed' });
    },
    { maxPerChallenge: 1, userLimits: [{ limit: 1, windowMs: 60_000 }] },
  );

  fact('while a reservation is open, no other is granted to its user', async ({ ann, bob, clock }) => {
    await ann.reserve(A);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'resend-in-progress', waitMs: 10_000 });
    expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'resend-in-progress', waitMs: 10_000 });
    expect(await bob.tap(A)).toMatchObject({ kind: 'granted' });
    clock.pass(8999);
    expect(await ann.tap(B)).toMatchObject({ waitMs: 1001 });
    clock.pass(1000);
    expect(await ann.tap(B)).toMatchObject({ code: 'resend-in-progress', waitMs: 1000 });
  });

  fact('a reservation that was never dispatched is given back when its lease is over', async ({ ann, clock }) => {
    await ann.reserve(A);
    clock.pass(9999);
    expect(await ann.peek(A)).toMatchObject({ next: { code: 'resend-in-progress' }, resends: { used: 1 } });
    clock.pass(1);
    expect(await ann.peek(A)).toEqual(await ann.peek('YC-untouched'));
    expect(await ann.tap(B)).toMatchObject({ kind: 'granted' });
  });

  fact('a dispatched resend stays spent when its lease is over', async ({ ann, clock }) => {
    await ann.leave(A);
    clock.pass(9999);
    expect(await ann.next(A)).toEqual({ code: 'resend-in-progress', waitMs: 1000 });
    clock.pass(1);
    expect(await ann.peek(A)).toMatchObject({
      next: { code: 'cooling-down', waitMs: 50_000 },
      resends: { used: 1 },
      windows: [{ used: 1 }, { used: 1 }],
    });
  });

  fact('a denial holds every Challenge of its user for its time, exactly', async ({ ann, bob, clock }) => {
    await ann.learn(A, answered('denied', 100_000));
    expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'held-after-denial', waitMs: 500_000 });
    expect(await bob.next(B)).toEqual({ code: 'ready' });
    clock.pass(499_999);
    expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'held-after-denial', waitMs: 1 });
    clock.pass(1);
    expect(await ann.tap(B)).toMatchObject({ kind: 'granted' });
  });

  fact('an open reservation comes before the hold', async ({ ann }) => {
    await ann.reserve(A);
    await ann.learn(B, answered('denied'));
    expect(await ann.next(A)).toMatchObject({ code: 'resend-in-progress' });
  });

  fact(
    'the hold comes before the cap, and tells the longest wait of all',
    async ({ ann, clock }) => {
      await ann.resend(A);
      clock.pass(20_000);
      await ann.learn(B, answered('denied'));
      expect(await ann.next(A)).toEqual({ code: 'held-after-denial', waitMs: 880_000 });
    },
    { maxPerChallenge: 1, userLimits: [{ limit: 1, windowMs: 900_000 }] },
  );

  fact('a Challenge has no more resends than its cap, however long one waits', async ({ ann, clock }) => {
    const long = pending({ ageMs: 60_000, remainingMs: 3_000_000 });
    await ann.resend(A, { fact: long });
    clock.pass(60_000);
    expect(await ann.peek(A)).toMatchObject({ next: { code: 'ready' }, resends: { used: 1, limit: 2 } });
    await ann.resend(A, { fact: long });
    clock.pass(60_000);
    const answer = await ann.tap(A);
    expect(answer).toMatchObject({ kind: 'refused', code: 'challenge-limit' });
    expect(answer).not.toHaveProperty('waitMs');
    expect(await ann.next(B)).toEqual({ code: 'ready' });
    clock.pass(20 * 3_600_000);
    expect(await ann.next(A)).toEqual({ code: 'challenge-limit' });
  });

  fact('resends that may have gone out count towards the cap', async ({ ann, clock }) => {
    await ann.leave(A);
    clock.pass(60_000);
    await ann.settle(await ann.leave(A), A, 'unknown');
    clock.pass(60_000);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'challenge-limit' });
  });

  fact('a Challenge gets no resend once it is older than 600 seconds', async ({ ann, clock }) => {
    await ann.learn(A, pending({ ageMs: 599_999, remainingMs: 1_000_000 }));
    expect(await ann.next(A)).toEqual({ code: 'ready' });
    clock.pass(1);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
    clock.pass(1);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'challenge-limit' });
  });

  fact('a Challenge whose pushes Twilio calls used up gets no more, and its user is not charged', async ({ ann }) => {
    const settled = await ann.settle(await ann.leave(A), A, 'notSent', { kind: 'exhausted' });
    expect(settled).toMatchObject({
      kind: 'settled',
      standing: { next: { code: 'challenge-limit' }, resends: { used: 0 }, windows: [{ used: 0 }, { used: 0 }] },
    });
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'challenge-limit' });
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });

  fact(
    'the cap comes before the windows and the cooldown',
    async ({ ann, clock }) => {
      await ann.resend(A);
      clock.pass(2000);
      expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'challenge-limit' });
    },
    { maxPerChallenge: 1, userLimits: [{ limit: 1, windowMs: 900_000 }] },
  );

  fact('a window holds its limit and not one more, over all Challenges', async ({ ann, bob, clock }) => {
    await ann.resendTimes(4);
    clock.pass(30_000);
    expect(await ann.peek(A)).toMatchObject({ next: { code: 'ready' }, windows: [{ used: 4 }, { used: 4 }] });
    await ann.resend('YC-the-fifth');
    clock.pass(30_000);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'user-limit', waitMs: 900_000 - 150_000 });
    expect(await bob.next(A)).toEqual({ code: 'ready' });
  });

  fact('a window slides: room comes with the oldest resend leaving it, to the millisecond', async ({ ann, clock }) => {
    await ann.resendTimes(5, 100_000);
    clock.pass(499_999);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'user-limit', waitMs: 1 });
    expect((await ann.peek(A)).windows[1]).toEqual({ limit: 5, windowMs: 900_000, used: 5, resetInMs: 1 });
    clock.pass(1);
    expect((await ann.peek(A)).windows[1]).toEqual({ limit: 5, windowMs: 900_000, used: 4, resetInMs: 100_000 });
    await ann.resend(A);
    clock.pass(99_999);
    expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'user-limit', waitMs: 1 });
    clock.pass(1);
    expect(await ann.tap(B)).toMatchObject({ kind: 'granted' });
  });

  fact('the day’s window is exact too', async ({ ann, clock }) => {
    const first = clock.now;
    await ann.resendTimes(10, 300_000);
    clock.pass(900_000);
    expect(await ann.tap(A)).toMatchObject({ code: 'user-limit', waitMs: first + DAY_MS - clock.now });
    clock.now = first + DAY_MS - 1;
    expect(await ann.tap(A)).toMatchObject({ code: 'user-limit', waitMs: 1 });
    clock.pass(1);
    expect(await ann.tap(A)).toMatchObject({ kind: 'granted', standing: { windows: [{ used: 10 }, { used: 1 }] } });
  });

  fact(
    'two full windows tell the longer wait',
    async ({ ann, clock }) => {
      await ann.resendTimes(2, 100_000);
      clock.pass(30_000);
      expect(await ann.next(A)).toEqual({ code: 'user-limit', waitMs: 3_600_000 - 130_000 });
    },
    {
      userLimits: [
        { limit: 2, windowMs: 3_600_000 },
        { limit: 1, windowMs: 100_000 },
      ],
    },
  );

  fact(
    'a full window tells the cooldown’s wait where that is longer',
    async ({ ann, clock }) => {
      await ann.resend(A);
      clock.pass(2000);
      expect(await ann.next(A)).toEqual({ code: 'user-limit', waitMs: 58_000 });
    },
    { userLimits: [{ limit: 1, windowMs: 10_000 }] },
  );

  fact('a cooldown is exact, and the second of a Challenge is longer than the first', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(29_999);
    expect(await ann.tap(B)).toMatchObject({ kind: 'refused', code: 'cooling-down', waitMs: 1 });
    clock.pass(1);
    expect(await ann.next(B)).toEqual({ code: 'ready' });
    clock.pass(29_999);
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'cooling-down', waitMs: 1 });
    clock.pass(1);
    expect(await ann.tap(A)).toMatchObject({ kind: 'granted' });
  });

  fact(
    'the last cooldown repeats',
    async ({ ann, clock }) => {
      await ann.resend(A);
      clock.pass(60_000);
      await ann.resend(A);
      clock.pass(59_999);
      expect(await ann.next(A)).toEqual({ code: 'cooling-down', waitMs: 1 });
      clock.pass(1);
      expect(await ann.next(A)).toEqual({ code: 'ready' });
    },
    { maxPerChallenge: 3 },
  );

  fact('the automatic first push has a cooldown too, once it is known', async ({ ann, clock }) => {
    expect(await ann.next(A)).toEqual({ code: 'ready' });
    await ann.learn(A, pending({ ageMs: 10_000 }));
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'cooling-down', waitMs: 20_000 });
    expect(await ann.next(B)).toEqual({ code: 'ready' });
    clock.pass(19_999);
    expect(await ann.next(A)).toEqual({ code: 'cooling-down', waitMs: 1 });
    clock.pass(1);
    expect(await ann.tap(A)).toMatchObject({ kind: 'granted' });
  });

  fact('resends are counted from when they leave, not from the tap', async ({ ann, clock }) => {
    const id = await ann.reserve(A);
    clock.pass(5000);
    await ann.dispatch(id, A);
    await ann.settle(id, A, 'sent');
    clock.pass(29_999);
    expect(await ann.next(B)).toEqual({ code: 'cooling-down', waitMs: 1 });
    expect((await ann.peek(B)).windows[1]).toMatchObject({ used: 1, resetInMs: 900_000 - 29_999 });
  });
}

/** Row 1 and what is remembered of Idempotency-Keys. */
function keys(fact: Fact): void {
  fact('the same key again, after the resend, tells the same and takes nothing', async ({ ann, clock }) => {
    const sentAt = clock.now;
    const id = await ann.resend(A, { key: 'k1' });
    for (const waitMs of [0, 2000, 60_000, 3_600_000]) {
      clock.pass(waitMs);
      const answer = await ann.tap(A, { key: 'k1' });
      expect(answer).toMatchObject({ kind: 'replayed', notification: { sid: sidOf(id), ttlSeconds: 56, sentAt } });
      expect(answer.standing.resends.used).toBe(1);
    }
  });

  fact('a key is remembered for 24 hours after its resend left', async ({ ann, clock }) => {
    await ann.resend(A, { key: 'k1' });
    clock.pass(DAY_MS - 1);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'replayed' });
    clock.pass(1);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'granted' });
  });

  fact('a replay comes before a closed Challenge, a block and a hold', async ({ ann }) => {
    await ann.resend(A, { key: 'k1' });
    await ann.learn(A, answered('denied'));
    await ann.block(1000);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({
      kind: 'replayed',
      standing: { next: { code: 'challenge-denied' }, challenge: { status: 'denied' } },
    });
  });

  fact('the same key while its resend is under way waits for the lease', async ({ ann, clock }) => {
    const id = await ann.reserve(A, { key: 'k1' });
    clock.pass(4000);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ code: 'resend-in-progress', waitMs: 6000 });
    await ann.dispatch(id, A);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ code: 'resend-in-progress', waitMs: 10_000 });
    clock.pass(9999);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ code: 'resend-in-progress', waitMs: 1000 });
  });

  fact('a key under way is in progress even of a Challenge that closed meanwhile', async ({ ann }) => {
    await ann.leave(A, { key: 'k1' });
    await ann.learn(A, answered('approved'));
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'refused', code: 'resend-in-progress' });
  });

  fact('the same key for another request is refused, whatever became of the first', async ({ ann, clock }) => {
    const id = await ann.reserve(A, { key: 'k1' });
    const reused = { kind: 'refused', code: 'idempotency-key-reused' };
    const other = { key: 'k1 of another request' };
    expect(await ann.tap(B, other)).toMatchObject(reused);
    await ann.dispatch(id, A);
    expect(await ann.tap(A, other)).toMatchObject(reused);
    await ann.settle(id, A, 'sent');
    const answer = await ann.tap(A, other);
    expect(answer).toMatchObject(reused);
    expect(answer).not.toHaveProperty('waitMs');
    clock.pass(DAY_MS - 1);
    expect(await ann.tap(B, other)).toMatchObject(reused);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'replayed' });
  });

  fact('a returned reservation frees its key', async ({ ann, clock }) => {
    await ann.settle(await ann.reserve(A, { key: 'k1' }), A, 'notSent');
    await ann.settle(await ann.leave(A, { key: 'k1 of another request' }), A, 'notSent');
    await ann.reserve(A, { key: 'k1' });
    clock.pass(10_000);
    const id = await ann.reserve(B, { key: 'k1 of yet another' });
    expect(await ann.dispatch(id, B, { kind: 'not-found' })).toMatchObject({ kind: 'refused' });
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'granted' });
  });

  fact('a key whose resend may have gone out says so ever after', async ({ ann, clock }) => {
    await ann.settle(await ann.leave(A, { key: 'k1' }), A, 'unknown');
    for (const waitMs of [0, 60_000, DAY_MS - 60_001]) {
      clock.pass(waitMs);
      const answer = await ann.tap(A, { key: 'k1' });
      expect(answer).toMatchObject({ kind: 'replayed' });
      expect(answer).not.toHaveProperty('notification');
    }
  });

  fact(
    'a lease lost after dispatch makes its key unknown, until a late settling corrects it',
    async ({ ann, clock }) => {
      const sentAt = clock.now;
      const id = await ann.leave(A, { key: 'k1' });
      clock.pass(10_000);
      expect(await ann.tap(A, { key: 'k1' })).not.toHaveProperty('notification');
      expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'replayed' });
      await ann.settle(id, A, 'sent');
      expect(await ann.tap(A, { key: 'k1' })).toMatchObject({
        kind: 'replayed',
        notification: { sid: sidOf(id), sentAt },
      });
    },
  );

  fact('the key of a coalesced tap is bound to the resend it was given', async ({ ann, clock }) => {
    const id = await ann.resend(A, { key: 'k1' });
    expect(await ann.tap(A, { key: 'k2' })).toMatchObject({ kind: 'replayed', notification: { sid: sidOf(id) } });
    clock.pass(60_000);
    expect(await ann.tap(A, { key: 'k2' })).toMatchObject({ kind: 'replayed', notification: { sid: sidOf(id) } });
    expect(await ann.tap(B, { key: 'k2 of another request' })).toMatchObject({ code: 'idempotency-key-reused' });
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'replayed', notification: { sid: sidOf(id) } });
  });

  fact('a resend takes eight keys, and the tap with the ninth waits like any other', async ({ ann }) => {
    await ann.resend(A);
    for (const key of ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8']) {
      expect(await ann.tap(A, { key })).toMatchObject({ kind: 'replayed' });
    }
    expect(await ann.tap(A, { key: 'k9' })).toMatchObject({ kind: 'refused', code: 'cooling-down' });
    expect(await ann.tap(A, { key: 'k8' })).toMatchObject({ kind: 'replayed' });
    expect(await ann.tap(A)).toMatchObject({ kind: 'replayed' });
  });

  fact('a refused tap leaves its key free', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(2000);
    expect(await ann.tap(A, { key: 'k1' })).toMatchObject({ kind: 'refused' });
    clock.pass(58_000);
    expect(await ann.tap(B, { key: 'k1 of another request' })).toMatchObject({ kind: 'granted' });
  });

  fact('the same key of another user is another key', async ({ ann, bob }) => {
    await ann.resend(A, { key: 'k1' });
    expect(await bob.tap(A, { key: 'k1 of another request' })).toMatchObject({ kind: 'granted' });
  });

  fact('one user sees and spends nothing of another’s', async ({ ann, bob, clock }) => {
    const untouched = await bob.peek(A);
    await ann.resendTimes(5);
    const id = await ann.resend(A, { key: 'k1' }).catch(() => 'refused');
    expect(id).toBe('refused');
    await ann.learn(A, answered('denied'));
    await ann.block(1000);
    expect(await bob.peek(A)).toEqual(untouched);
    const held = await ann.peek(A);
    await bob.resend(A);
    await bob.reset();
    await bob.unblock();
    expect(await ann.peek(A)).toEqual(held);
    clock.pass(1000);
    expect(await ann.next(B)).toMatchObject({ code: 'held-after-denial' });
  });

  fact('a repeated reserve tells the first answer again', async ({ ann, clock }) => {
    const id = newId();
    const first = await ann.tap(A, { id, key: 'k1' });
    expect(await ann.tap(A, { id, key: 'k1' })).toEqual(first);
    await ann.dispatch(id, A);
    expect(await ann.tap(A, { id, key: 'k1' })).toMatchObject({ kind: 'granted', standing: { resends: { used: 1 } } });
    await ann.settle(id, A, 'sent');
    clock.pass(60_000);
    expect(await ann.tap(A, { id, key: 'k1' })).toMatchObject({ kind: 'granted', standing: { resends: { used: 1 } } });
  });
}

function dispatching(fact: Fact): void {
  fact('a dispatch tells its stamp, and the standing as if it were settled', async ({ ann, clock }) => {
    const id = await ann.reserve(A);
    clock.pass(1500);
    const answer = await ann.dispatch(id, A, pending({ ageMs: 94_000, remainingMs: 206_000 }));
    expect(answer).toMatchObject({
      kind: 'dispatched',
      at: clock.now,
      standing: {
        next: { code: 'cooling-down', waitMs: 60_000 },
        challenge: { status: 'pending', remainingMs: 206_000 },
        resends: { used: 1, limit: 2 },
        windows: [{ used: 1 }, { used: 1, resetInMs: 900_000 }],
      },
    });
    expect(answer.standing).toEqual((await ann.settle(id, A, 'sent')).standing);
  });

  fact('a dispatch renews the lease', async ({ ann, clock }) => {
    const id = await ann.reserve(A);
    clock.pass(9999);
    expect(await ann.dispatch(id, A)).toMatchObject({ kind: 'dispatched' });
    clock.pass(9999);
    expect(await ann.next(B)).toMatchObject({ code: 'resend-in-progress' });
    clock.pass(1);
    expect(await ann.next(B)).toMatchObject({ code: 'cooling-down', waitMs: 20_000 });
  });

  fact('a lease that is over is lost, from its last millisecond on', async ({ ann, clock }) => {
    const id = await ann.reserve(A);
    clock.pass(10_000);
    expect(await ann.dispatch(id, A)).toMatchObject({ kind: 'lost', standing: { next: { code: 'ready' } } });
    expect(await ann.peek(A)).toMatchObject({ resends: { used: 0 }, challenge: { status: 'pending' } });
  });

  fact('a reservation nobody made is lost, and another user’s is too', async ({ ann, bob }) => {
    const id = await ann.reserve(A);
    expect(await bob.dispatch(id, A)).toMatchObject({ kind: 'lost' });
    expect(await ann.dispatch('r-never-made', A)).toMatchObject({ kind: 'lost' });
    expect(await ann.dispatch(id, A)).toMatchObject({ kind: 'dispatched' });
  });

  fact('a returned or settled reservation is lost', async ({ ann, clock }) => {
    const returned = await ann.reserve(A);
    await ann.settle(returned, A, 'notSent');
    expect(await ann.dispatch(returned, A)).toMatchObject({ kind: 'lost' });
    const sent = await ann.resend(A);
    expect(await ann.dispatch(sent, A)).toMatchObject({ kind: 'lost' });
    clock.pass(60_000);
    const unknown = await ann.leave(A);
    await ann.settle(unknown, A, 'unknown');
    expect(await ann.dispatch(unknown, A)).toMatchObject({ kind: 'lost' });
    expect(await ann.peek(A)).toMatchObject({ resends: { used: 2 } });
  });

  fact(
    'a repeated dispatch tells the first stamp again and takes nothing, until the lease is over',
    async ({ ann, clock }) => {
      const id = await ann.leave(A);
      const at = clock.now;
      clock.pass(9999);
      expect(await ann.dispatch(id, A)).toMatchObject({ kind: 'dispatched', at, standing: { resends: { used: 1 } } });
      clock.pass(1);
      expect(await ann.dispatch(id, A)).toMatchObject({ kind: 'lost', standing: { resends: { used: 1 } } });
    },
  );

  const stops: [string, string, (user: User) => Promise<unknown>][] = [
    ['a block', 'blocked', (user) => user.block(60_000)],
    ['its denial', 'challenge-denied', (user) => user.learn(A, { kind: 'responded', status: 'denied' })],
    ['its approval', 'challenge-approved', (user) => user.learn(A, { kind: 'responded', status: 'approved' })],
    ['a hold', 'held-after-denial', (user) => user.learn(B, { kind: 'responded', status: 'denied' })],
    ['its expiry', 'challenge-expired', (user) => user.learn(A, { kind: 'expired' })],
    ['Twilio’s 60309', 'challenge-limit', (user) => user.learn(A, { kind: 'exhausted' })],
  ];
  for (const [what, code, arrives] of stops) {
    fact(`${what} between tap and dispatch stops the resend and returns it`, async ({ ann }) => {
      const id = await ann.reserve(A, { key: 'k1' });
      await arrives(ann);
      expect(await ann.dispatch(id, A)).toMatchObject({
        kind: 'refused',
        code,
        standing: { next: { code }, resends: { used: 0 }, windows: [{ used: 0 }, { used: 0 }] },
      });
      expect(await ann.dispatch(id, A)).toMatchObject({ kind: 'lost' });
    });
  }

  const taught: [string, ChallengeFact, string][] = [
    ['an approval', answered('approved'), 'challenge-approved'],
    ['a denial', answered('denied'), 'challenge-denied'],
    ['the end of its time', pending({ remainingMs: 0 }), 'challenge-expired'],
    ['an age over 600 seconds', pending({ ageMs: 600_001 }), 'challenge-limit'],
    ['an automatic push short of a cooldown ago', pending({ ageMs: 29_999 }), 'cooling-down'],
    ['another factor than push', pending({ isPush: false }), 'challenge-not-push'],
    ['that there is no such Challenge', { kind: 'not-found' }, 'challenge-not-found'],
  ];
  for (const [what, learnt, code] of taught) {
    fact(`a dispatch that teaches ${what} is refused as ${code} and remembers it`, async ({ ann }) => {
      const id = await ann.reserve(A);
      const answer = await ann.dispatch(id, A, learnt);
      expect(answer).toMatchObject({ kind: 'refused', code, standing: { resends: { used: 0 } } });
      if (code === 'cooling-down') expect(answer).toMatchObject({ waitMs: 1 });
      expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code });
    });
  }

  fact('a Challenge exactly one cooldown and at most 600 seconds old is dispatched', async ({ ann, bob }) => {
    const young = await ann.reserve(A);
    expect(await ann.dispatch(young, A, pending({ ageMs: 30_000 }))).toMatchObject({ kind: 'dispatched' });
    const old = await bob.reserve(A);
    expect(await bob.dispatch(old, A, pending({ ageMs: 600_000 }))).toMatchObject({ kind: 'dispatched' });
  });

  fact('a dispatch refused after a denial still arms the hold', async ({ ann, clock }) => {
    const id = await ann.reserve(A);
    await ann.dispatch(id, A, answered('denied', 1000));
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 599_000 });
    clock.pass(599_000);
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });
}

function settling(fact: Fact): void {
  fact('a resend that was sent stays spent and begins its cooldown', async ({ ann }) => {
    const id = await ann.leave(A);
    expect(await ann.settle(id, A, 'sent')).toMatchObject({
      kind: 'settled',
      standing: {
        next: { code: 'cooling-down', waitMs: 60_000 },
        resends: { used: 1 },
        windows: [{ used: 1 }, { used: 1 }],
      },
    });
  });

  fact('what was not sent gives back its own resend and nothing else', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(60_000);
    const before = await ann.peek(A);
    const id = await ann.leave(A);
    clock.pass(500);
    await ann.settle(id, A, 'notSent');
    const after = await ann.peek(A);
    expect(after.next).toEqual(before.next);
    expect(after.resends).toEqual({ used: 1, limit: 2 });
    expect(after.windows[1]).toEqual({ limit: 5, windowMs: 900_000, used: 1, resetInMs: 900_000 - 60_500 });
  });

  for (const word of ['sent', 'notSent', 'unknown'] as const) {
    fact(`after the word ${word}, no other word counts`, async ({ ann, clock }) => {
      await ann.resend(B);
      clock.pass(30_000);
      const id = await ann.leave(A);
      const { standing } = await ann.settle(id, A, word);
      for (const later of ['notSent', 'unknown', 'sent', 'notSent'] as const) {
        expect(await ann.settle(id, A, later)).toEqual({ kind: 'ignored', standing });
      }
    });
  }

  fact('after its lease a dispatched resend is still corrected, once', async ({ ann, clock }) => {
    const notSent = await ann.leave(A);
    clock.pass(10_000);
    expect(await ann.settle(notSent, A, 'notSent')).toMatchObject({
      kind: 'settled',
      standing: { next: { code: 'ready' }, resends: { used: 0 }, windows: [{ used: 0 }, { used: 0 }] },
    });
    const sent = await ann.leave(A);
    clock.pass(3_600_000);
    expect(await ann.settle(sent, A, 'sent')).toMatchObject({ kind: 'settled', standing: { resends: { used: 1 } } });
    expect(await ann.settle(sent, A, 'notSent')).toMatchObject({ kind: 'ignored', standing: { resends: { used: 1 } } });
  });

  fact('a late correction touches no other resend', async ({ ann, clock }) => {
    const early = await ann.leave(A);
    clock.pass(60_000);
    const late = await ann.resend(A);
    expect(await ann.settle(early, A, 'notSent')).toMatchObject({
      kind: 'settled',
      standing: { next: { code: 'cooling-down', waitMs: 60_000 }, resends: { used: 1 } },
    });
    expect(await ann.settle(late, A, 'notSent')).toMatchObject({ kind: 'ignored' });
  });

  fact('a reservation whose lease was over before dispatch has nothing left to settle', async ({ ann, clock }) => {
    const id = await ann.reserve(A);
    clock.pass(10_000);
    expect(await ann.settle(id, A, 'notSent')).toMatchObject({ kind: 'ignored', standing: { resends: { used: 0 } } });
    expect(await ann.settle('r-never-made', A, 'notSent')).toMatchObject({ kind: 'ignored' });
  });

  fact('another user settles nothing', async ({ ann, bob }) => {
    const id = await ann.leave(A);
    expect(await bob.settle(id, A, 'notSent')).toMatchObject({ kind: 'ignored' });
    expect(await ann.peek(A)).toMatchObject({ resends: { used: 1 } });
  });

  fact('what settling teaches is learnt, even where there is nothing to settle', async ({ ann }) => {
    expect(await ann.settle('r-never-made', A, 'notSent', answered('denied'))).toMatchObject({
      kind: 'ignored',
      standing: { next: { code: 'challenge-denied' } },
    });
    expect(await ann.next(B)).toMatchObject({ code: 'held-after-denial' });
  });
}

function learning(fact: Fact): void {
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
        { kind: 'responded', status: 'approved' },
        { kind: 'responded', status: 'denied' },
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
    await ann.learn(A, { kind: 'responded', status: 'approved' });
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
    await ann.learn(A, { kind: 'responded', status: 'approved' });
    clock.pass(1000);
    await ann.resend(B);
    await ann.learn(A, { kind: 'responded', status: 'approved' });
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
    await ann.learn(A, { kind: 'responded', status: 'denied' });
    clock.pass(100_000);
    await ann.learn(A, { kind: 'responded', status: 'denied' });
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

function looking(fact: Fact): void {
  fact('one caller asks Twilio, and the others wait while nothing is known', async ({ ann, bob, clock }) => {
    expect(await ann.look(A)).toBe('ask');
    expect(await ann.look(A)).toBe('wait');
    expect(await bob.look(A)).toBe('ask');
    expect(await ann.look(B)).toBe('ask');
    clock.pass(1999);
    expect(await ann.look(A)).toBe('wait');
    clock.pass(1);
    expect(await ann.look(A)).toBe('ask');
  });

  fact('what is known is told until it is old, and then one caller asks again', async ({ ann, clock }) => {
    expect(await ann.look(A)).toBe('ask');
    clock.pass(300);
    await ann.learn(A, pending());
    clock.pass(1999);
    expect(await ann.look(A)).toBe('known');
    clock.pass(1);
    expect(await ann.look(A)).toBe('ask');
    expect(await ann.look(A)).toBe('known');
    clock.pass(2000);
    expect(await ann.look(A)).toBe('ask');
  });

  fact('what a dispatch taught need not be asked again', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(1999);
    expect(await ann.look(A)).toBe('known');
    clock.pass(1);
    expect(await ann.look(A)).toBe('ask');
  });

  for (const [what, over] of [
    ['an approval', answered('approved')],
    ['a denial', answered('denied')],
    ['its expiry', { kind: 'expired' }],
  ] as const) {
    fact(`after ${what} Twilio is not asked again`, async ({ ann, clock }) => {
      await ann.learn(A, over);
      clock.pass(3_000_000);
      expect(await ann.look(A)).toBe('known');
    });
  }

  fact('an unknown Challenge is asked for again after 30 seconds', async ({ ann, clock }) => {
    await ann.look(A);
    await ann.learn(A, { kind: 'not-found' });
    clock.pass(29_999);
    expect(await ann.look(A)).toBe('known');
    clock.pass(1);
    expect(await ann.look(A)).toBe('ask');
  });

  fact('looking takes nothing', async ({ ann }) => {
    await ann.look(A);
    expect(await ann.peek(A)).toEqual(await ann.peek('YC-untouched'));
  });

  fact(
    'after eight unknown Challenges the next has to wait for the first to be forgotten',
    async ({ ann, bob, clock }) => {
      for (let number = 1; number <= 7; number++) await ann.learn(`YC-guess-${number}`, { kind: 'not-found' });
      expect(await ann.next(A)).toEqual({ code: 'ready' });
      clock.pass(1000);
      await ann.learn('YC-guess-8', { kind: 'not-found' });
      await ann.block(60_000);
      expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'too-many-requests', waitMs: 29_000 });
      expect(await ann.look(A)).toBe('known');
      expect(await ann.next('YC-guess-1')).toEqual({ code: 'challenge-not-found' });
      expect(await bob.next(A)).toEqual({ code: 'ready' });
      await ann.unblock();
      clock.pass(28_999);
      expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 1 });
      clock.pass(1);
      expect(await ann.next(A)).toEqual({ code: 'ready' });
    },
  );

  fact('a Challenge that is known is reached however many were guessed', async ({ ann }) => {
    await ann.learn(A, pending());
    for (let number = 1; number <= 8; number++) await ann.learn(`YC-guess-${number}`, { kind: 'not-found' });
    expect(await ann.next(A)).toEqual({ code: 'ready' });
  });

  fact('the wait after more than eight guesses at once is exact', async ({ ann, clock }) => {
    for (let number = 1; number <= 12; number++) {
      await ann.learn(`YC-guess-${number}`, { kind: 'not-found' });
      clock.pass(100);
    }
    const { waitMs = 0 } = (await ann.next(A)) as { waitMs?: number };
    clock.pass(waitMs - 1);
    expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 1 });
    clock.pass(1);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
  });
}

/** Resets and blocks. */
function support(fact: Fact): void {
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

  fact('a resend in the very millisecond after a reset is counted', async ({ ann }) => {
    await ann.reset();
    await ann.resend(A);
    expect((await ann.peek(A)).windows[0]?.used).toBe(1);
  });

  fact('a denial in the very millisecond after a reset holds', async ({ ann }) => {
    await ann.reset();
    await ann.learn(A, { kind: 'responded', status: 'denied' });
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 600_000 });
  });

  fact('a denial that a reset did not know of holds, from the moment of the answer', async ({ ann, clock }) => {
    clock.pass(1000);
    await ann.reset();
    await ann.learn(A, answered('denied', 1000));
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 599_000 });
  });

  fact('a reset hold does not come back when its denial is told again', async ({ ann, clock }) => {
    await ann.learn(A, { kind: 'responded', status: 'denied' });
    clock.pass(1000);
    await ann.reset();
    await ann.learn(A, { kind: 'responded', status: 'denied' });
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

function clockSetBack(fact: Fact): void {
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
}

/** A refusal and a question change nothing. */
function refusals(fact: Fact): void {
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

/** No key without an expiry, and none that outlives what it remembers. Real time passes meanwhile: within 5 seconds. */
export async function expectExpiry(world: RedisLedgerOnTestClock): Promise<void> {
  const { ann, bob, clock, redis, keys: names } = given(world);
  const HOUR_MS = 3_600_000;
  const expectLeft = async (user: User, leftMs: Readonly<Record<string, number>>) => {
    const own = (await names()).filter((name) => name.includes(user.identity));
    const left = await Promise.all(
      own.map(async (name) => [name.endsWith(':block') ? 'block' : 'resends', await redis.pttl(name)] as const),
    );
    expect(left.map(([name]) => name).toSorted()).toEqual(Object.keys(leftMs).toSorted());
    for (const [name, ms] of left) {
      expect(ms).toBeLessThanOrEqual(leftMs[name] ?? 0);
      expect(ms).toBeGreaterThan((leftMs[name] ?? 0) - 5000);
    }
  };

  await ann.peek(A);
  await ann.reset();
  await ann.unblock();
  await expectLeft(ann, {});
  await ann.look(A);
  await expectLeft(ann, { resends: HOUR_MS });
  clock.pass(60_000);
  await ann.learn(A, answered('denied'));
  await expectLeft(ann, { resends: HOUR_MS });
  await ann.block(120_000);
  await expectLeft(ann, { resends: HOUR_MS, block: 120_000 });
  await ann.unblock();
  await expectLeft(ann, { resends: HOUR_MS });
  clock.pass(600_000);

  const id = await ann.reserve(B);
  await expectLeft(ann, { resends: DAY_MS });
  await ann.dispatch(id, B);
  clock.pass(60_000);
  await ann.settle(id, B, 'notSent');
  await expectLeft(ann, { resends: HOUR_MS - 60_000 });
  await ann.resend(B);
  clock.pass(HOUR_MS);
  await ann.learn('YC-c', pending());
  await ann.reset();
  await expectLeft(ann, { resends: DAY_MS - HOUR_MS });
  clock.pass(DAY_MS);
  await ann.peek(B);
  await expectLeft(ann, {});

  await bob.settle(await bob.reserve(A), A, 'notSent');
  await expectLeft(bob, {});
}
