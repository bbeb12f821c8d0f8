import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { Settings } from '@settings/settings.js';

/** The limits, in milliseconds where the settings are in seconds. */
export function policyFrom(settings: Settings): ResendPolicy {
  return {
    cooldownsMs: settings.resendCooldownSeconds.map((seconds) => seconds * 1000),
    maxPerChallenge: settings.resendMaxPerChallenge,
    userLimits: settings.resendUserLimits,
    denyHoldMs: settings.resendDenyHoldSeconds * 1000,
    coalesceMs: settings.resendCoalesceSeconds * 1000,
    leaseMs: settings.resendLeaseSeconds * 1000,
    maxChallengeAgeMs: settings.resendMaxChallengeAgeSeconds * 1000,
    challengeCacheMs: settings.challengeCacheSeconds * 1000,
  };
}

/** Time limits of one resend towards Twilio, in milliseconds. */
export function deadlinesFrom(settings: Settings): Deadlines {
  return {
    fetchMs: settings.twilioFetchDeadlineMs,
    createMs: settings.twilioCreateDeadlineMs,
    dispatchToSendMs: settings.resendDispatchToSendMs,
  };
}
