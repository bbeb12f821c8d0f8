import { expect } from 'vitest';
import { answered, newId, sidOf } from '../../support/ledger-user.js';
import { A, B, DAY_MS, type Fact } from './fact.js';

/** Row 1 and what is remembered of Idempotency-Keys. */
export function keys(fact: Fact): void {
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
