import { expect } from 'vitest';
import { answered, pending } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

export function looking(fact: Fact): void {
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
