import type { Allowances, AuditedPolicy } from './outside-record.js';

/** Short limits, so that much happens in little time. Each is as long as the settings' own bounds demand. */
export const SETTINGS = {
  TWILIO_FETCH_DEADLINE_MS: '150',
  TWILIO_CREATE_DEADLINE_MS: '250',
  REDIS_COMMAND_TIMEOUT_MS: '150',
  RESEND_DISPATCH_TO_SEND_MS: '100',
  RESEND_LEASE_SECONDS: '1',
  RESEND_COOLDOWN_SECONDS: '1,2',
  RESEND_MAX_PER_CHALLENGE: '2',
  RESEND_USER_LIMITS: '5/12s,3/6s',
  RESEND_DENY_HOLD_SECONDS: '3',
  RESEND_COALESCE_SECONDS: '1',
  CHALLENGE_CACHE_SECONDS: '1',
  THROTTLE_SESSION_PER_MINUTE: '100000',
  THROTTLE_ADDRESS_PER_MINUTE: '100000',
} as const;

/** The same, as the audit wants to see it kept. Written out: what the service makes of its settings is on trial too. */
export const POLICY: AuditedPolicy = {
  cooldownsMs: [1000, 2000],
  maxPerChallenge: 2,
  userLimits: [
    { limit: 5, windowMs: 12_000 },
    { limit: 3, windowMs: 6000 },
  ],
  denyHoldMs: 3000,
  leaseMs: 1000,
};

/** What a request may take beyond the halt of the simulator's event loop: the kernel's loopback and its scheduler. */
const LOOPBACK_MS = 20;

/** @param longestHaltMs of the event loop that the simulator runs in, as measured while the storm went on */
export function allowances(longestHaltMs: number): Allowances {
  return {
    dispatchToSendMs: Number(SETTINGS.RESEND_DISPATCH_TO_SEND_MS),
    transitMs: Math.ceil(LOOPBACK_MS + longestHaltMs),
  };
}

/** After this a user who is held up by nothing but the service's own rules can send again. */
export const RECOVERY_MS =
  POLICY.leaseMs + Math.max(POLICY.denyHoldMs, ...POLICY.userLimits.map(({ windowMs }) => windowMs));
