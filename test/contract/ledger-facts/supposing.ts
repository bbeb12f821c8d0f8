import { expect } from 'vitest';
import type { ChallengeFact } from '@resend/ports.js';
import { answered, pending, webhook } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

/** A peek that supposes a fact: a dry run. */
export function supposing(fact: Fact): void {
  const supposed: [string, ChallengeFact][] = [
    ['that it is pending', pending()],
    ['that it is too young', pending({ ageMs: 1000 })],
    ['that it is too old', pending({ ageMs: 600_001 })],
    ['that it is over', pending({ remainingMs: 0 })],
    ['that it is no push', pending({ isPush: false })],
    ['an approval', answered('approved', 1000)],
    ['a denial', answered('denied', 1000)],
    ['an expiry', { kind: 'expired' }],
    ['a webhook', webhook('denied')],
    ['that there is no such Challenge', { kind: 'not-found' }],
    ['its 60309', { kind: 'exhausted' }],
    ['its 60307', { kind: 'not-push' }],
  ];
  for (const [what, suppose] of supposed) {
    for (const [known, before] of [
      ['unknown', undefined],
      ['pending', pending()],
      ['denied', answered('denied', 300_000)],
    ] as const) {
      fact(
        `to suppose ${what} of a Challenge that is ${known} tells what learning it would, and changes nothing`,
        async ({ ann, bob, clock, stored }) => {
          for (const user of [ann, bob]) {
            await user.resend(B);
            if (before) await user.learn(A, before);
          }
          clock.pass(60_000);
          await ann.peek(A);
          const memory = await stored();
          const plain = await ann.peek(A);
          const told = await ann.peek(A, suppose);
          expect(await stored()).toBe(memory);
          expect(await ann.peek(A)).toEqual(plain);
          expect(told).not.toHaveProperty('ended');
          const { ended: _news, ...learnt } = await bob.learn(A, suppose);
          expect(told).toEqual(learnt);
        },
      );
    }
  }

  fact('an end that was supposed is still news when it is learnt', async ({ ann, clock }) => {
    await ann.resend(A);
    clock.pass(1000);
    await ann.peek(A, answered('denied'));
    expect(await ann.next(B)).toMatchObject({ code: 'cooling-down' });
    expect((await ann.learn(A, answered('denied'))).ended).toEqual({ status: 'denied', resends: 1, sinceLastMs: 1000 });
  });

  fact('to suppose a 33rd Challenge forgets none of the others', async ({ ann }) => {
    for (let number = 0; number < 32; number++) await ann.learn(`YC-${number}`, pending());
    await ann.peek('YC-32', pending());
    expect((await ann.overview()).challenges).toHaveLength(32);
    expect((await ann.peek('YC-0')).challenge).toMatchObject({ status: 'pending' });
  });
}
