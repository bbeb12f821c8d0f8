import { expect } from 'vitest';
import type { ChallengeFact } from '@resend/ports.js';
import { answered, pending, sidOf, webhook } from '../../support/ledger-user.js';
import { A, B, DAY_MS, type Fact } from './fact.js';

/** Rows 2 to 9 of the decision table, in its order. */
export function decisions(fact: Fact): void {
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

  for (const status of ['approved', 'denied'] as const) {
    fact(
      `a Challenge that a webhook called ${status} is refused as challenge-${status}, with no wait`,
      async ({ ann }) => {
        await ann.learn(A, pending());
        await ann.learn(A, webhook(status));
        await ann.block(1000);
        const answer = await ann.tap(A);
        expect(answer).toMatchObject({ kind: 'refused', code: `challenge-${status}` });
        expect(answer).not.toHaveProperty('waitMs');
      },
    );
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

  fact('a reservation that was never dispatched is given back when its lease ends', async ({ ann, clock }) => {
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

  fact('a Challenge gets no more resends than its cap, however long the user waits', async ({ ann, clock }) => {
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

  fact('a window allows exactly its limit, over all Challenges', async ({ ann, bob, clock }) => {
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
