import { test } from 'vitest';
import { expectNoViolation } from './seeds.js';

test('a failover forgets no more resends than its bound, and everything else holds', {
  timeout: 24 * 3_600_000,
}, async () => {
  await expectNoViolation(0.25, { withFailovers: true });
});
