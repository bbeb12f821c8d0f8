import type { AuditOptions } from '@audit/audit-trail.js';
import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { EventOptions } from '../events/event-streams.js';
import type { Capacity } from '../options.js';
import type { TapLimits } from '../throttling/tap-limits.js';

/** From Twilio's 3 pushes per Challenge, NIST SP 800-63B-4 and OWASP ASVS 5.0; the README gives the source of each limit. */
export const DEFAULT_POLICY: ResendPolicy = {
  cooldownsMs: [30_000, 60_000],
  maxPerChallenge: 2,
  userLimits: [
    { limit: 10, windowMs: 24 * 3_600_000 },
    { limit: 5, windowMs: 15 * 60_000 },
  ],
  denyHoldMs: 600_000,
  coalesceMs: 2000,
  leaseMs: 10_000,
  maxChallengeAgeMs: 600_000,
  challengeCacheMs: 2000,
};

export const DEFAULT_DEADLINES: Deadlines = { fetchMs: 2000, createMs: 3000, dispatchToSendMs: 500 };

export const DEFAULT_CAPACITY: Capacity = {
  maxConcurrent: 128,
  queue: { limit: 128, waitMs: 250 },
  breaker: { failures: 5, openMs: 5000 },
};

export const DEFAULT_TAP_LIMITS: TapLimits = { sessionPerMinute: 60, addressPerMinute: 600 };

export const DEFAULT_EVENTS: EventOptions = { maxStreams: 1000, maxStreamsPerSession: 3, heartbeatMs: 15_000 };

export const DEFAULT_AUDIT: Pick<AuditOptions, 'maxEvents' | 'maxEventsOfUser' | 'retentionMs'> = {
  maxEvents: 100_000,
  maxEventsOfUser: 200,
  retentionMs: 30 * 86_400_000,
};
