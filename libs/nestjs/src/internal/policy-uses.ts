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

/** The Challenge of a tap, or a new one. */
type Tapped = Pick<Overview['challenges'][number], 'standing' | 'ageMs'>;

/**
 * All limits of a user: the windows, shortest first, the cooldown and the hold after a denial.
 * @param tapped the Challenge whose cooldown is shown, which depends on its resends
 */
export function policyUses(overview: Overview, policy: ResendPolicy, tapped = nextTapped(overview)): PolicyUse[] {
  const { standing } = tapped;
  const cooldownMs = cooldownAfter(standing.resends.used, policy);
  return [
    ...standing.windows.toReversed().map(({ used, limit, windowMs, resetInMs = 0 }) => ({
      name: windowName({ windowMs }),
      used,
      limit,
      windowSeconds: seconds(windowMs),
      availableInSeconds: used < limit ? 0 : seconds(resetInMs),
    })),
    once('cooldown', cooldownMs, cooldownLeftMs(overview, cooldownMs, tapped)),
    once('hold-after-denial', policy.denyHoldMs, overview.heldMs ?? 0),
  ];
}

/** The cap of a Challenge, which never resets. */
export function challengeUse({ resends }: Standing): PolicyUse {
  return { name: 'challenge', ...resends };
}

/** The latest sign-in that can still get a push, else a new one. */
function nextTapped({ challenges, anew }: Overview): Tapped {
  const isOpen = ({ standing: { challenge, next } }: Tapped) =>
    challenge?.status === 'pending' && !next.code.startsWith('challenge-');
  return challenges.findLast(isOpen) ?? { standing: anew };
}

/** The ledger reports only the longest wait, so behind another limit the cooldown is computed from the last push. */
function cooldownLeftMs({ challenges }: Overview, cooldownMs: number, { standing, ageMs }: Tapped): number {
  const { next } = standing;
  if (next.code === 'cooling-down') return next.waitMs ?? 0;
  if (next.code === 'ready') return 0;
  const resendsAgo = challenges.map(({ lastResendAgoMs }) => lastResendAgoMs);
  const sinceLastMs = Math.min(...[...resendsAgo, ageMs].map((agoMs = Number.POSITIVE_INFINITY) => agoMs));
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
