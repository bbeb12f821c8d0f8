import { test } from 'vitest';
import { expectNoViolation } from './seeds.js';
import { inRedis } from './store.js';

test('the same histories hold in Redis, by its own script', { timeout: 24 * 3_600_000 }, async () => {
  await expectNoViolation(0.02, { openStore: inRedis });
});

test('and across a failover that loses its last writes', { timeout: 24 * 3_600_000 }, async () => {
  await expectNoViolation(0.005, { openStore: inRedis, withFailovers: true });
});
