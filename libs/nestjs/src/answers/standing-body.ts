import type { ResendPolicy, UserLimit } from '@resend/policy.js';
import type { Standing } from '@resend/ports.js';
import type { Resent } from '@resend/resend.service.js';
import type { NextAction } from './problems.js';

/** The state of the button. Clients treat an unknown value as `limited`. */
export type ResendStatus = 'ready' | 'in-progress' | 'cooling-down' | 'limited' | 'exhausted' | 'closed';

/** What every response has for the screen. Times are whole seconds, rounded so that a client is never early. */
export interface StandingBody {
  readonly challenge?: { readonly sid: string; readonly status: string; readonly expiresInSeconds: number };
  readonly resend: {
    readonly status: ResendStatus;
    /** Rounded up; 0 when ready; null when waiting does not help or would outlast the Challenge. */
    readonly availableInSeconds: number | null;
    readonly remaining: number;
    readonly limit: number;
  };
  readonly nextAction: NextAction;
  /** Null when the Challenge is over and nothing will change. */
  readonly pollAfterSeconds: number | null;
}

const STATUS: Readonly<Record<Standing['next']['code'], ResendStatus>> = {
  ready: 'ready',
  'resend-in-progress': 'in-progress',
  'cooling-down': 'cooling-down',
  'user-limit': 'limited',
  'held-after-denial': 'limited',
  'too-many-requests': 'limited',
  blocked: 'limited',
  'challenge-limit': 'exhausted',
  'challenge-approved': 'closed',
  'challenge-denied': 'closed',
  'challenge-expired': 'closed',
  'challenge-not-found': 'closed',
  'challenge-not-push': 'closed',
  'idempotency-key-reused': 'limited',
  'resends-paused': 'limited',
};

const NEXT_ACTION: Readonly<Record<Standing['next']['code'], NextAction>> = {
  ready: 'tap',
  'resend-in-progress': 'wait',
  'cooling-down': 'wait',
  'user-limit': 'wait',
  'held-after-denial': 'wait',
  'too-many-requests': 'wait',
  blocked: 'wait',
  'challenge-limit': 'use-other-factor',
  'challenge-approved': 'proceed',
  'challenge-denied': 'stop',
  'challenge-expired': 'start-over',
  'challenge-not-found': 'start-over',
  'challenge-not-push': 'use-other-factor',
  'idempotency-key-reused': 'fix-request',
  'resends-paused': 'use-other-factor',
};

/** The body of a 201. */
export function resentBody(
  { notification, standing }: Resent,
  challengeSid: string,
  policy: Pick<ResendPolicy, 'challengeCacheMs'>,
) {
  const body = standingBody(standing, challengeSid, policy);
  return {
    notification: {
      sid: notification.sid,
      ttlSeconds: notification.ttlSeconds,
      sentAt: new Date(notification.sentAt).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    },
    ...body,
    nextAction: afterPush(body),
  };
}

/** The next action after a push that went out, or may have. On a replay the Challenge may already be over. */
export function afterPush({ resend, nextAction }: StandingBody): NextAction {
  return resend.status === 'closed' ? nextAction : 'open-app';
}

export function standingBody(
  standing: Standing,
  challengeSid: string,
  policy: Pick<ResendPolicy, 'challengeCacheMs'>,
): StandingBody {
  const { next, challenge, resends } = standing;
  const status = STATUS[next.code];
  const waitMs = next.code === 'ready' ? 0 : next.waitMs;
  const isInTime = waitMs !== undefined && (challenge === undefined || waitMs < challenge.remainingMs);
  const isWaiting = NEXT_ACTION[next.code] === 'wait';
  return {
    ...(challenge && {
      challenge: {
        sid: challengeSid,
        status: challenge.status,
        expiresInSeconds: Math.floor(challenge.remainingMs / 1000),
      },
    }),
    resend: {
      status,
      availableInSeconds: isInTime ? seconds(waitMs) : null,
      remaining: remainingOf(standing),
      limit: resends.limit,
    },
    nextAction: isWaiting && !isInTime ? 'use-other-factor' : NEXT_ACTION[next.code],
    pollAfterSeconds: challenge?.status === 'pending' ? Math.ceil(policy.challengeCacheMs / 1000) : null,
  };
}

/** The draft-11 RateLimit fields: the Challenge's cap, then the user's windows, shortest first. */
export function rateLimitHeaders(standing: Standing): Record<'RateLimit-Policy' | 'RateLimit', string> {
  const { resends, windows } = standing;
  const shortestFirst = windows.toReversed();
  return {
    'RateLimit-Policy': [
      `"challenge";q=${resends.limit}`,
      ...shortestFirst.map((window) => `"${windowName(window)}";q=${window.limit};w=${seconds(window.windowMs)}`),
    ].join(', '),
    RateLimit: [
      `"challenge";r=${remainingOf(standing)}`,
      ...shortestFirst.map((window) => {
        const reset = window.resetInMs === undefined ? '' : `;t=${seconds(window.resetInMs)}`;
        return `"${windowName(window)}";r=${Math.max(0, window.limit - window.used)}${reset}`;
      }),
    ].join(', '),
  };
}

/**
 * Shows a block as an ordinary user limit that counts down and starts again, so that an attacker with the password does
 * not learn of it.
 */
export function masked(standing: Standing): Standing {
  const { next, windows } = standing;
  const [longest, ...rest] = windows;
  if (next.code !== 'blocked' || !longest) return standing;
  const waitMs = ((next.waitMs ?? 0) % longest.windowMs) + 1;
  return {
    ...standing,
    next: { code: 'user-limit', waitMs },
    windows: [{ ...longest, used: longest.limit, resetInMs: waitMs }, ...rest],
  };
}

function remainingOf({ next, resends }: Standing): number {
  const status = STATUS[next.code];
  return status === 'closed' || status === 'exhausted' ? 0 : Math.max(0, resends.limit - resends.used);
}

/** The value of `Retry-After`, 1 or more. A 503 always has one: 1 second when the wait is unknown. */
export function retryAfter(status: number, waitMs?: number): number | undefined {
  const ms = waitMs ?? (status === 503 ? 1000 : undefined);
  return ms === undefined ? undefined : Math.max(1, seconds(ms));
}

/** Milliseconds → whole seconds, rounded up. */
export function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** The name of a user limit: `user-15m`. */
export function windowName({ windowMs }: Pick<UserLimit, 'windowMs'>): string {
  if (windowMs % 3_600_000 === 0) return `user-${windowMs / 3_600_000}h`;
  return windowMs % 60_000 === 0 ? `user-${windowMs / 60_000}m` : `user-${windowMs / 1000}s`;
}
