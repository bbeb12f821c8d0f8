import { describe, expect, test } from 'vitest';
import { hashedKey, reservationId } from '@resend/idempotency.js';
import { identityHasher } from '@ledger/identity-hash.js';
import { openInProcess, openInRedis, POLICY } from '../support/ledger-on-test-clock.js';
import { pending } from '../support/ledger-user.js';
import { ledgerContract } from './ledger-contract.js';
import { expectExpiry } from './ledger-facts/expiry.js';
import { given } from './ledger-facts/fact.js';

const HOUR_MS = 3_600_000;

describe.each([
  ['in process', openInProcess],
  ['in Redis', openInRedis],
] as const)('the ledger %s', (_where, open) => {
  ledgerContract((name, check, policy) =>
    test(name, async () => {
      await using world = await open({ ...POLICY, ...policy });
      await check(given(world));
    }),
  );
});

describe('what the ledger leaves behind', () => {
  test('in Redis, every key goes when the last of it is over', async () => {
    await using world = await openInRedis();
    await expectExpiry(world);
  });

  test('in process, nothing of a user is left when the last of it is over', async () => {
    await using world = await openInProcess();
    const { ann, bob, clock, ledger } = given(world);
    const users = () => [...ledger['users'].keys()].length;
    await ann.resend('YC-a');
    await bob.block(25 * HOUR_MS);
    await bob.learn('YC-a', pending());
    clock.pass(24 * HOUR_MS - 1);
    await bob.peek('YC-a');
    expect(users()).toBe(2);
    clock.pass(1);
    await bob.peek('YC-a');
    expect(users()).toBe(1);
    clock.pass(HOUR_MS);
    await bob.peek('YC-a');
    expect(users()).toBe(0);
  });

  test('a user with one Challenge and one resend, sent under a key, takes at most 500 bytes of Redis', async () => {
    await using world = await openInRedis();
    const { ledger, redis, keys } = world;
    const identity = identityHasher('any secret')('0123456789abcdef');
    const challengeSid = `YC${'0123456789abcdef'.repeat(2)}`;
    const id = reservationId();
    const key = hashedKey('3f0c9c5e-8f5a-4b7b-9d6f-2f6a4f1f0d11', { challengeSid });
    const settlement = { outcome: 'sent', sid: `NT${'0123456789abcdef'.repeat(2)}`, ttlSeconds: 56 } as const;
    await ledger.look(identity, challengeSid);
    await ledger.reserve(identity, { id, challengeSid, key });
    await ledger.dispatch(identity, { id, challengeSid, fact: pending() });
    await ledger.settle(identity, { id, challengeSid, settlement });

    const sizes = await Promise.all((await keys()).map((name) => redis.memory('USAGE', name)));
    const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    console.log(`a user with one Challenge and one keyed resend takes ${bytes} bytes of Redis`);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(500);
  });
});
