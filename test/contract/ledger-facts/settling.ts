import { expect } from 'vitest';
import { answered } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

export function settling(fact: Fact): void {
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

  fact('notSent gives back exactly its own resend', async ({ ann, clock }) => {
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
    const late = await ann.resend(B);
    expect(await ann.settle(early, A, 'notSent')).toMatchObject({
      kind: 'settled',
      standing: { resends: { used: 0 }, windows: [{ used: 1 }, { used: 1 }] },
    });
    expect(await ann.settle(late, B, 'notSent')).toMatchObject({ kind: 'ignored' });
  });

  fact(
    'a late correction gives nothing back once a later push of the Challenge counts on it',
    async ({ ann, clock }) => {
      const early = await ann.leave(A);
      clock.pass(60_000);
      const last = await ann.leave(A);
      await ann.settle(last, A, 'sent');
      const { standing } = await ann.settle(early, A, 'notSent');
      expect(standing).toMatchObject({ next: { code: 'challenge-limit' }, resends: { used: 2 } });
      expect(await ann.settle(early, A, 'notSent')).toMatchObject({ kind: 'ignored' });
    },
  );

  fact('a late correction gives its resend back while the next one is only reserved', async ({ ann, clock }) => {
    const early = await ann.leave(A);
    clock.pass(60_000);
    await ann.reserve(A);
    expect(await ann.settle(early, A, 'notSent')).toMatchObject({
      kind: 'settled',
      standing: { resends: { used: 1 } },
    });
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
