import { expect } from 'vitest';
import type { RedisLedgerOnTestClock } from '../../support/ledger-on-test-clock.js';
import { answered, pending, type User } from '../../support/ledger-user.js';
import { A, B, DAY_MS, given } from './fact.js';

/** No key without an expiry, and none that outlives what it remembers. Real time passes meanwhile: within 5 seconds. */
export async function expectExpiry(world: RedisLedgerOnTestClock): Promise<void> {
  const { ann, bob, clock, redis, keys: names } = given(world);
  const HOUR_MS = 3_600_000;
  const expectLeft = async (user: User, leftMs: Readonly<Record<string, number>>) => {
    const own = (await names()).filter((name) => name.includes(user.identity));
    const left = await Promise.all(
      own.map(async (name) => [name.endsWith(':block') ? 'block' : 'resends', await redis.pttl(name)] as const),
    );
    expect(left.map(([name]) => name).toSorted()).toEqual(Object.keys(leftMs).toSorted());
    for (const [name, ms] of left) {
      expect(ms).toBeLessThanOrEqual(leftMs[name] ?? 0);
      expect(ms).toBeGreaterThan((leftMs[name] ?? 0) - 5000);
    }
  };

  await ann.peek(A);
  await ann.reset();
  await ann.unblock();
  await expectLeft(ann, {});
  await ann.look(A);
  await expectLeft(ann, { resends: HOUR_MS });
  clock.pass(60_000);
  await ann.learn(A, answered('denied'));
  await expectLeft(ann, { resends: HOUR_MS });
  await ann.block(120_000);
  await expectLeft(ann, { resends: HOUR_MS, block: 120_000 });
  await ann.unblock();
  await expectLeft(ann, { resends: HOUR_MS });
  clock.pass(600_000);

  const id = await ann.reserve(B);
  await expectLeft(ann, { resends: DAY_MS });
  await ann.dispatch(id, B);
  clock.pass(60_000);
  await ann.settle(id, B, 'notSent');
  await expectLeft(ann, { resends: HOUR_MS - 60_000 });
  await ann.resend(B);
  clock.pass(HOUR_MS);
  await ann.learn('YC-c', pending());
  await ann.reset();
  await expectLeft(ann, { resends: DAY_MS - HOUR_MS });
  clock.pass(DAY_MS);
  await ann.peek(B);
  await expectLeft(ann, {});

  await bob.settle(await bob.reserve(A), A, 'notSent');
  await expectLeft(bob, {});
}
