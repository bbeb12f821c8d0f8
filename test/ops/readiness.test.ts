/** How often Redis is asked when many ask for readiness. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Drain } from '@nest/lifecycle/drain.js';
import { Readiness } from '@nest/lifecycle/readiness.js';
import type { RedisConnections } from '@redis/connections.js';
import { createLogger } from '@telemetry/logger.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function started() {
  const redis = { isUp: true, pings: 0 };
  const connection = {
    ping: async () => {
      redis.pings += 1;
      if (!redis.isUp) throw new Error('down');
    },
  };
  const connections = { ledger: connection, sessions: connection } as unknown as RedisConnections;
  const drain = new Drain();
  return { redis, drain, readiness: new Readiness(connections, drain, createLogger('silent')) };
}

const PINGS_OF_A_CHECK = 2;

test('all who ask while Redis is asked, and for 100 ms after that, share one check', async () => {
  const { redis, readiness } = started();
  await Promise.all(Array.from({ length: 1000 }, () => readiness.now()));
  vi.advanceTimersByTime(99);
  await readiness.now();
  expect(redis.pings).toBe(PINGS_OF_A_CHECK);
});

test('an answer is no older than 100 ms', async () => {
  const { redis, readiness } = started();
  expect(await readiness.now()).toMatchObject({ ledger: true, instance: true });
  redis.isUp = false;
  vi.advanceTimersByTime(100);
  expect(await readiness.now()).toMatchObject({ ledger: false, instance: false });
});

test('draining shows at once', async () => {
  const { drain, readiness } = started();
  await readiness.now();
  void drain.drain(1000);
  expect(await readiness.now()).toMatchObject({ ledger: true, instance: false });
});
