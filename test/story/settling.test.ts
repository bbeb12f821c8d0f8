/** A settlement whose first attempts fail, on a clock of the test. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { settlePersistently } from '@ledger/settling.js';

const LEASE_MS = 10_000;

/** Settles while Redis is away until `backAt`, with commands that take `commandMs`. */
async function settled(backAt: number, { commandMs = 0, endsAt = Number.POSITIVE_INFINITY } = {}) {
  const attemptsAt: number[] = [];
  let now = 0;
  const attempt = async () => {
    attemptsAt.push(now);
    now += commandMs;
    if (now < backAt) throw new Error('Redis is away');
    return 'settled';
  };
  const sleep = async (ms: number) => {
    now += ms;
    await turn();
  };
  const settling = { leaseMs: LEASE_MS, now: () => now, sleep, isOver: () => now >= endsAt };
  const answer = await settlePersistently(attempt, settling).catch((error: unknown) => String(error));
  for (let count = 0; count < 100; count += 1) await turn();
  return { answer, attemptsAt, isSettled: now >= backAt };
}

test('the caller waits for three attempts', async () => {
  expect(await settled(0)).toEqual({ answer: 'settled', attemptsAt: [0], isSettled: true });
  expect(await settled(250)).toEqual({ answer: 'settled', attemptsAt: [0, 50, 250], isSettled: true });
  expect(await settled(251)).toMatchObject({ answer: 'Error: Redis is away', isSettled: true });
});

test.each([300, 1000, 6500, 9000])(
  'a Redis that is back after %d ms of the lease gets it within a second',
  async (backAt) => {
    const { attemptsAt, isSettled } = await settled(backAt);
    expect(isSettled).toBe(true);
    expect(attemptsAt.at(-1)).toBeLessThanOrEqual(backAt + 1000);
  },
);

test('so it does when each attempt waits for its timeout first', async () => {
  expect(await settled(9000, { commandMs: 500 })).toMatchObject({ isSettled: true });
});

test('nothing is tried after the lease, or when nothing can succeed any more', async () => {
  const { attemptsAt } = await settled(60_000);
  expect(attemptsAt.at(-1)).toBeGreaterThan(LEASE_MS - 1000);
  expect(attemptsAt.at(-1)).toBeLessThanOrEqual(LEASE_MS + 250);
  expect((await settled(60_000, { endsAt: 3000 })).attemptsAt.at(-1)).toBeLessThan(4000);
});
