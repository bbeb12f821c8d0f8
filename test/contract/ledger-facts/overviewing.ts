import { expect } from 'vitest';
import { answered, pending } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

/** All that support is told of a user. */
export function overviewing(fact: Fact): void {
  fact('of a user nobody knows there is nothing to tell but the limits', async ({ ann, stored }) => {
    const nothing = await stored();
    expect(await ann.overview()).toEqual({ anew: await ann.peek('YC-untouched'), challenges: [] });
    expect(await stored()).toBe(nothing);
  });

  fact('an overview tells every remembered Challenge, last heard of last, and changes nothing', async (world) => {
    const { ann, clock, stored } = world;
    await ann.resend(A);
    clock.pass(30_000);
    await ann.look(B);
    clock.pass(1000);
    await ann.learn('YC-c', pending({ ageMs: 5000 }));
    clock.pass(29_000);
    await ann.settle(await ann.leave(A), A, 'unknown');
    clock.pass(2000);
    const memory = await stored();
    expect(await ann.overview()).toEqual({
      anew: await ann.peek('YC-untouched'),
      challenges: [
        { sid: B, standing: await ann.peek(B) },
        { sid: 'YC-c', ageMs: 36_000, standing: await ann.peek('YC-c') },
        { sid: A, ageMs: 122_000, lastResendAgoMs: 2000, standing: await ann.peek(A) },
      ],
    });
    expect(await stored()).toBe(memory);
  });

  fact('a resend that has not left yet is not the last one', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(60_000);
    await ann.reserve(A);
    clock.pass(1000);
    const [{ lastResendAgoMs, standing } = {}] = (await ann.overview()).challenges;
    expect(lastResendAgoMs).toBe(61_000);
    expect(standing).toMatchObject({ next: { code: 'resend-in-progress', waitMs: 9000 }, resends: { used: 2 } });
  });

  fact('a block and a hold are told until they end', async ({ ann, bob, clock }) => {
    await ann.learn(A, answered('denied', 1000));
    await ann.block(700_000);
    expect(await ann.overview()).toMatchObject({
      anew: { next: { code: 'blocked', waitMs: 700_000 } },
      blockedMs: 700_000,
      heldMs: 599_000,
    });
    expect(await bob.overview()).not.toHaveProperty('blockedMs');
    clock.pass(598_999);
    expect(await ann.overview()).toMatchObject({ blockedMs: 101_001, heldMs: 1 });
    clock.pass(1);
    expect(await ann.overview()).not.toHaveProperty('heldMs');
    clock.pass(100_999);
    expect(await ann.overview()).toMatchObject({ blockedMs: 1 });
    clock.pass(1);
    expect(await ann.overview()).toMatchObject({ anew: { next: { code: 'ready' } } });
    expect(await ann.overview()).not.toHaveProperty('blockedMs');
  });

  fact('what is forgotten is not told', async ({ ann, clock }) => {
    await ann.learn(A, pending());
    await ann.learn(B, { kind: 'not-found' });
    const sids = async () => (await ann.overview()).challenges.map(({ sid }) => sid);
    expect(await sids()).toEqual([A, B]);
    clock.pass(30_000);
    expect(await sids()).toEqual([A]);
    clock.pass(3_570_000);
    expect(await sids()).toEqual([]);
  });

  fact('who has guessed too often is told so for every other Challenge', async ({ ann }) => {
    for (let number = 1; number <= 8; number++) await ann.learn(`YC-guess-${number}`, { kind: 'not-found' });
    expect((await ann.overview()).anew.next).toEqual({ code: 'too-many-requests', waitMs: 30_000 });
  });
}
