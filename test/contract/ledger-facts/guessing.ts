import { expect } from 'vitest';
import { answered, pending, type User } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

const guess = (number: number) => `YC-guess-${number}`;

/** Looks at Challenges that nobody has heard of. @returns what each look was told to do */
async function ask(user: User, first: number, last: number): Promise<string[]> {
  const told = [];
  for (let number = first; number <= last; number++) told.push(await user.look(guess(number)));
  return told;
}

const times = (count: number, word: string) => Array.from({ length: count }, () => word);

/** At most eight unknown Challenges count at a time: those not found, and those that Twilio is being asked about. */
export function guessing(fact: Fact): void {
  fact('of many looks at once eight ask Twilio, before one is answered', async ({ ann, bob }) => {
    expect(await ask(ann, 1, 250)).toEqual([...times(8, 'ask'), ...times(242, 'known')]);
    expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 30_000 });
    expect(await ann.tap(A)).toMatchObject({ kind: 'refused', code: 'too-many-requests', waitMs: 30_000 });
    expect(await ann.look(guess(1))).toBe('wait');
    expect(await bob.look(A)).toBe('ask');
  });

  fact('a question that finds a Challenge no longer counts, one that finds none goes on', async ({ ann, clock }) => {
    await ask(ann, 1, 8);
    clock.pass(1000);
    await ann.learn(guess(1), { kind: 'not-found' });
    expect(await ann.look(A)).toBe('known');
    await ann.learn(guess(2), pending());
    expect(await ann.look(A)).toBe('ask');
    expect(await ann.look(B)).toBe('known');
    await ann.learn(guess(3), answered('denied'));
    expect(await ann.look(B)).toBe('ask');
  });

  fact('a question that nobody answers counts for 30 seconds, to the millisecond', async ({ ann, clock }) => {
    await ask(ann, 1, 8);
    clock.pass(29_999);
    expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 1 });
    expect(await ann.look(A)).toBe('known');
    clock.pass(1);
    expect(await ann.next(A)).toEqual({ code: 'ready' });
    expect(await ann.look(A)).toBe('ask');
  });

  fact('a question asked once more counts once, and from then', async ({ ann, clock }) => {
    await ask(ann, 1, 7);
    clock.pass(2000);
    expect(await ask(ann, 1, 7)).toEqual(times(7, 'ask'));
    expect(await ask(ann, 8, 9)).toEqual(['ask', 'known']);
    clock.pass(29_999);
    expect(await ann.look(A)).toBe('known');
    clock.pass(1);
    expect(await ann.look(A)).toBe('ask');
  });

  fact('old questions asked once more are new ones: eight of them at a time', async ({ ann, clock }) => {
    for (const first of [1, 9, 17]) {
      await ask(ann, first, first + 7);
      clock.pass(30_000);
    }
    expect(await ask(ann, 1, 24)).toEqual([...times(8, 'ask'), ...times(16, 'known')]);
  });

  fact('what is known may be asked about again at any time, and never counts', async ({ ann, clock }) => {
    for (let number = 1; number <= 20; number++) await ann.learn(guess(number), pending());
    clock.pass(2000);
    expect(await ask(ann, 1, 20)).toEqual(times(20, 'ask'));
    expect(await ask(ann, 21, 29)).toEqual([...times(8, 'ask'), 'known']);
    clock.pass(2000);
    expect(await ask(ann, 1, 20)).toEqual(times(20, 'ask'));
  });

  fact('a tap that asks Twilio counts until it is given back', async ({ ann }) => {
    const id = await ann.reserve(A);
    expect(await ask(ann, 1, 8)).toEqual([...times(7, 'ask'), 'known']);
    expect(await ann.next(A)).toMatchObject({ code: 'resend-in-progress' });
    await ann.settle(id, A, 'notSent');
    expect(await ask(ann, 8, 9)).toEqual(['ask', 'known']);
  });

  fact('a tap at what is known does not count', async ({ ann }) => {
    await ann.learn(A, pending());
    await ann.reserve(A);
    expect(await ask(ann, 1, 9)).toEqual([...times(8, 'ask'), 'known']);
  });

  fact('a tap and a look that ask about the same Challenge count once', async ({ ann }) => {
    await ann.reserve(A);
    expect(await ann.look(A)).toBe('ask');
    expect(await ask(ann, 1, 8)).toEqual([...times(7, 'ask'), 'known']);
    expect(await ann.next(B)).toEqual({ code: 'too-many-requests', waitMs: 30_000 });
  });

  fact('a tap whose process crashed counts until its lease is over', async ({ ann, clock }) => {
    await ann.reserve(A);
    await ask(ann, 1, 7);
    expect(await ann.next(B)).toEqual({ code: 'too-many-requests', waitMs: 10_000 });
    clock.pass(9999);
    expect(await ann.look(B)).toBe('known');
    clock.pass(1);
    expect(await ann.look(B)).toBe('ask');
  });

  fact('a question outlives the tap that asked the same', async ({ ann, clock }) => {
    await ann.look(A);
    clock.pass(25_000);
    await ann.reserve(A);
    await ask(ann, 1, 7);
    expect(await ann.next(B)).toEqual({ code: 'too-many-requests', waitMs: 10_000 });
    clock.pass(9999);
    expect(await ann.next(B)).toEqual({ code: 'too-many-requests', waitMs: 1 });
    clock.pass(1);
    expect(await ann.next(B)).toEqual({ code: 'ready' });
  });

  fact('a tap that finds the Challenge does not count, one that finds none does', async ({ ann, clock }) => {
    const found = await ann.leave(A);
    await ann.settle(found, A, 'notSent');
    expect(await ask(ann, 1, 7)).toEqual(times(7, 'ask'));
    const id = await ann.reserve(B);
    expect(await ann.dispatch(id, B, { kind: 'not-found' })).toMatchObject({ code: 'challenge-not-found' });
    expect(await ann.look(guess(8))).toBe('known');
    clock.pass(30_000);
    expect(await ann.look(guess(8))).toBe('ask');
  });

  fact('the wait is for the first of the last eight to end, whatever they are', async ({ ann, clock }) => {
    await ann.learn(guess(1), { kind: 'not-found' });
    clock.pass(5000);
    await ask(ann, 2, 3);
    clock.pass(10_000);
    for (let number = 4; number <= 8; number++) await ann.learn(guess(number), { kind: 'not-found' });
    expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 15_000 });
    await ann.learn(guess(9), { kind: 'not-found' });
    expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 20_000 });
    await ann.learn(guess(3), pending());
    expect(await ann.next(A)).toEqual({ code: 'too-many-requests', waitMs: 15_000 });
  });

  fact('no number of guesses makes it forget how a Challenge ended', async ({ ann, clock }) => {
    await ann.learn(B, pending({ ageMs: 0, remainingMs: 3_600_000 }));
    expect((await ann.learn(A, answered('approved'))).ended).toMatchObject({ status: 'approved' });
    for (let round = 0; round < 6; round++) {
      await ask(ann, 8 * round + 1, 8 * round + 8);
      clock.pass(30_000);
    }
    for (let number = 1; number <= 40; number++) await ann.learn(`YC-webhook-${number}`, { kind: 'not-found' });
    expect(await ann.next(A)).toEqual({ code: 'challenge-approved' });
    expect(await ann.peek(B)).toMatchObject({ challenge: { status: 'pending' } });
    expect(await ann.learn(A, answered('approved', 180_000))).not.toHaveProperty('ended');
  });

  fact('what is known is no reason to forget a guess', async ({ ann }) => {
    for (let number = 1; number <= 33; number++) await ann.learn(`YC-known-${number}`, pending());
    await ask(ann, 1, 8);
    for (let number = 34; number <= 70; number++) await ann.learn(`YC-known-${number}`, pending());
    expect(await ann.look(A)).toBe('known');
  });

  fact('of 33 unknown Challenges the oldest goes', async ({ ann, clock }) => {
    await ann.look(guess(0));
    for (let number = 1; number <= 31; number++) {
      clock.pass(1);
      await ann.learn(guess(number), { kind: 'not-found' });
    }
    const sids = async () => (await ann.overview()).challenges.map(({ sid }) => sid);
    const before = await sids();
    await ann.learn(guess(32), { kind: 'not-found' });
    expect(await sids()).toEqual([...before.slice(1), guess(32)]);
  });

  fact('the marks of a Challenge whose status was never told are known', async ({ ann }) => {
    await ann.learn(A, { kind: 'exhausted' });
    await ann.learn(B, { kind: 'not-push' });
    expect(await ask(ann, 1, 9)).toEqual([...times(8, 'ask'), 'known']);
    expect(await ann.next(A)).toEqual({ code: 'challenge-limit' });
    expect(await ann.next(B)).toEqual({ code: 'challenge-not-push' });
  });
}
