/**
 * Random histories on both ledgers at once. LEDGER_RUNS asks for more of them under each policy; a failure prints its
 * seed and path, and LEDGER_SEED and LEDGER_PATH play it again.
 */
import fc from 'fast-check';
import { test } from 'vitest';
import type { ResendPolicy } from '@resend/policy.js';
import { History, steps } from '../support/ledger-history.js';
import { openInRedis, POLICY } from '../support/ledger-on-test-clock.js';

const { LEDGER_RUNS: runs = '200', LEDGER_SEED: seed, LEDGER_PATH: path } = process.env;

const POLICIES: readonly (readonly [string, ResendPolicy])[] = [
  ['the default policy', POLICY],
  [
    'cooldowns shorter than the lease',
    {
      ...POLICY,
      cooldownsMs: [4000, 9000, 20_000],
      maxPerChallenge: 3,
      userLimits: [
        { limit: 6, windowMs: 3_600_000 },
        { limit: 3, windowMs: 60_000 },
      ],
      denyHoldMs: 90_000,
    },
  ],
  [
    'one resend a Challenge, no hold and no coalescing',
    {
      ...POLICY,
      cooldownsMs: [20_000],
      maxPerChallenge: 1,
      userLimits: [{ limit: 2, windowMs: 100_000 }],
      denyHoldMs: 0,
      coalesceMs: 0,
    },
  ],
];

test.each(POLICIES)(
  'under %s both ledgers answer alike and keep every invariant',
  { timeout: 3_600_000 },
  async (_name, policy) => {
    await using world = await openInRedis(policy);
    await fc.assert(
      fc.asyncProperty(steps(policy, 120), (history) => new History(world).playAll(history)),
      { numRuns: Number(runs), ...(seed !== undefined && { seed: Number(seed) }), ...(path !== undefined && { path }) },
    );
  },
);
