import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import { POLICY } from '../support/ledger-on-test-clock.js';

export const DEADLINES: Deadlines = { fetchMs: 2000, createMs: 3000, dispatchToSendMs: 500 };

/** The default, and others under which what is rare under the default happens all the time. */
export const POLICIES: readonly ResendPolicy[] = [
  POLICY,
  {
    ...POLICY,
    cooldownsMs: [4000, 9000],
    userLimits: [
      { limit: 6, windowMs: 300_000 },
      { limit: 3, windowMs: 60_000 },
    ],
    denyHoldMs: 90_000,
  },
  { ...POLICY, userLimits: [{ limit: 3, windowMs: 240_000 }], denyHoldMs: 45_000, maxChallengeAgeMs: 200_000 },
  {
    ...POLICY,
    cooldownsMs: [20_000],
    maxPerChallenge: 1,
    userLimits: [{ limit: 2, windowMs: 100_000 }],
    denyHoldMs: 0,
    coalesceMs: 0,
  },
];
