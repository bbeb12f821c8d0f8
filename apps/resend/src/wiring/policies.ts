import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { Settings } from '@settings/settings.js';
import { parseUserLimits } from '@settings/user-limits.js';

/** Settings are in the unit that people think in; the ledger counts milliseconds. */
export function policyFrom(settings: Settings): ResendPolicy {
  return {
    cooldownsMs: settings.resendCooldownSeconds.split(',').map((seconds) => Number(seconds) * 1000),
    maxPerChallenge: settings.resendMaxPerChallenge,
    userLimits: parseUserLimits(settings.resendUserLimits),
    denyHoldMs: settings.resendDenyHoldSeconds * 1000,
    coalesceMs: settings.resendCoalesceSeconds * 1000,
    leaseMs: settings.resendLeaseSeconds * 1000,
    maxChallengeAgeMs: settings.resendMaxChallengeAgeSeconds * 1000,
    challengeCacheMs: settings.challengeCacheSeconds * 1000,
  };
}

export function deadlinesFrom(settings: Settings): Deadlines {
  return {
    fetchMs: settings.twilioFetchDeadlineMs,
    createMs: settings.twilioCreateDeadlineMs,
    dispatchToSendMs: settings.resendDispatchToSendMs,
  };
}
