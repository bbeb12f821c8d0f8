import { cooldownAfter, type ResendPolicy } from '@resend/policy.js';
import type { Overview, Standing } from '@resend/ports.js';
import { seconds, windowName } from '../answers/standing-body.js';

/** How much of one limit is used, and when it has room again. */
export interface PolicyUse {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly windowSeconds?: number;
  /** Rounded up; 0 while there is room; absent when waiting does not help. */
  readonly availableInSeconds?: number;
}

/** All limits of a user: the windows, shortest first, the cooldown and the hold after a denial. */
export function policyUses(overview: Overview, policy: ResendPolicy, standing: Standing = overview.anew): PolicyUse[] {
  const cooldownMs = cooldownAfter(standing.resends.used, policy);
  return [
    ...standing.windows.toReversed().map(({ used, limit, windowMs, resetInMs = 0 }) => ({
      name: windowName({ windowMs }),
      used,
      limit,
      windowSeconds: seconds(windowMs),
      availableInSeconds: used < limit ? 0 : seconds(resetInMs),
    })),
    once('cooldown', cooldownMs, cooldownLeftMs(overview, cooldownMs, standing)),
    once('hold-after-denial', policy.denyHoldMs, overview.heldMs ?? 0),
  ];
}

/** The cap of a Challenge, which never resets. */
export function challengeUse({ resends }: Standing): PolicyUse {
  return { name: 'challenge', ...resends };
}

/** The ledger reports only the longest wait, so behind another limit the cooldown is computed from the last resend. */
function cooldownLeftMs({ challenges }: Overview, cooldownMs: number, { next }: Standing): number {
  if (next.code === 'cooling-down') return next.waitMs ?? 0;
  if (next.code === 'ready') return 0;
  const sinceLastMs = Math.min(...challenges.map(({ lastResendAgoMs = Number.POSITIVE_INFINITY }) => lastResendAgoMs));
  return Math.max(0, cooldownMs - sinceLastMs);
}

function once(name: string, windowMs: number, leftMs: number): PolicyUse {
  return {
    name,
    used: leftMs > 0 ? 1 : 0,
    limit: 1,
    windowSeconds: seconds(windowMs),
    availableInSeconds: seconds(leftMs),
  };
}
