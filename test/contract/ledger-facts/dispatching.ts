import { expect } from 'vitest';
import type { ChallengeFact } from '@resend/ports.js';
import { answered, pending, type User, webhook } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

export function dispatching(fact: Fact): void {
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

  fact('an expired lease is lost, from its last millisecond on', async ({ ann, clock }) => {
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
    ['its denial', 'challenge-denied', (user) => user.learn(A, webhook('denied'))],
    ['its approval', 'challenge-approved', (user) => user.learn(A, webhook('approved'))],
    ['a hold', 'held-after-denial', (user) => user.learn(B, webhook('denied'))],
    ['its expiry', 'challenge-expired', (user) => user.learn(A, { kind: 'expired' })],
    ['Twilio’s 60309', 'challenge-limit', (user) => user.learn(A, { kind: 'exhausted' })],
  ];
  for (const [what, code, arrives] of stops) {
    fact(`${what} between tap and dispatch stops the resend and returns it`, async ({ ann }) => {
      await ann.learn(A, pending());
      await ann.learn(B, pending());
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
