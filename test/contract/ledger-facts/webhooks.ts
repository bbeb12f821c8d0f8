import { expect } from 'vitest';
import { answered, pending, type User, webhook } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

const HOUR_MS = 3_600_000;

/** What a webhook may teach: of a Challenge that is remembered, once, from its receipt. Of any other: nothing. */
export function webhooks(fact: Fact): void {
  const unknown: [string, (user: User) => Promise<unknown>][] = [
    ['that nobody has heard of', async () => {}],
    ['that was only asked about', (user) => user.look(A)],
    ['that Twilio did not find', (user) => user.learn(A, { kind: 'not-found' })],
    ['of which only its 60309 is known', (user) => user.learn(A, { kind: 'exhausted' })],
    ['of which only its 60307 is known', (user) => user.learn(A, { kind: 'not-push' })],
    ['of which a resend is reserved', (user) => user.reserve(A)],
  ];
  for (const [which, arrange] of unknown) {
    fact(`a webhook about a Challenge ${which} teaches nothing`, async ({ ann, clock, stored }) => {
      await ann.resend(B);
      clock.pass(60_000);
      await arrange(ann);
      const [before, untaught] = [await stored(), await ann.peek(A)];
      for (const status of ['approved', 'denied'] as const) {
        const standing = await ann.learn(A, webhook(status));
        expect(standing).toEqual(untaught);
        expect(standing).not.toHaveProperty('challenge');
      }
      expect(await stored()).toBe(before);
    });
  }

  fact('an approval by webhook starts the windows afresh from its receipt', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    await ann.resend(B);
    clock.pass(1000);
    expect(await ann.learn(A, webhook('approved'))).toMatchObject({
      next: { code: 'challenge-approved' },
      challenge: { status: 'approved', remainingMs: 0 },
      windows: [{ used: 0 }, { used: 0 }],
    });
    clock.pass(29_000);
    await ann.resend('YC-c');
    await ann.learn(A, webhook('approved'));
    expect((await ann.peek(B)).windows).toMatchObject([{ used: 1 }, { used: 1 }]);
  });

  fact('a denial by webhook arms the hold from its receipt', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    clock.pass(1000);
    await ann.learn(A, webhook('denied'));
    clock.pass(1000);
    await ann.learn(A, webhook('denied'));
    expect(await ann.next(B)).toEqual({ code: 'held-after-denial', waitMs: 599_000 });
  });

  fact('a webhook about a Challenge whose time is over still counts', async ({ ann, clock }) => {
    await ann.learn(A, pending({ remainingMs: 1000 }));
    clock.pass(2000);
    expect(await ann.learn(A, webhook('approved'))).toMatchObject({ next: { code: 'challenge-approved' } });
  });

  fact('of two webhooks that contradict each other the first counts', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    await ann.learn(A, webhook('approved'));
    clock.pass(1000);
    expect(await ann.learn(A, webhook('denied'))).toMatchObject({ challenge: { status: 'approved' } });
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });

  for (const status of ['approved', 'denied'] as const) {
    fact(`a webhook ${status}, repeated two hours late, changes nothing`, async ({ ann, clock, stored }) => {
      await ann.learn(A, pending());
      await ann.learn(A, webhook(status));
      clock.pass(HOUR_MS);
      await ann.resend(B);
      clock.pass(HOUR_MS);
      const before = await ann.peek(B);
      const memory = await stored();
      await ann.learn(A, webhook(status));
      await ann.learn(A, webhook(status));
      expect(await stored()).toBe(memory);

      // And a tap on the forgotten Challenge makes it no news.
      const id = await ann.reserve(A);
      await ann.learn(A, webhook(status));
      await ann.settle(id, A, 'notSent');
      expect(await ann.peek(B)).toEqual(before);
    });

    fact(
      `a webhook ${status}, two hours late and fetched first, takes effect from the answer`,
      async ({ ann, clock }) => {
        await ann.resend(B);
        clock.pass(2 * HOUR_MS);
        await ann.resend('YC-c');
        clock.pass(30_000);
        const before = await ann.peek(B);
        await ann.learn(A, webhook(status));
        await ann.learn(A, answered(status, 2 * HOUR_MS - 1000));
        await ann.learn(A, webhook(status));
        const after = await ann.peek(B);
        expect(after.next).toEqual(before.next);
        expect(after.windows[0]?.used).toBe(status === 'approved' ? 1 : 2);
      },
    );
  }
}
