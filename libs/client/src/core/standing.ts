import { type Answer, bodyOf, numberOf } from './answer.js';
import { FINAL, type NextAction, type Shown, type StateName } from './state.js';

/** The states that the service decides. */
export type StandingName = Exclude<StateName, 'loading' | 'sending' | 'offline' | 'unavailable'>;

/** Where the user stands, as an answer of the service told it. */
export interface Standing extends Shown {
  readonly name: StandingName;
  readonly remaining: number | null;
  /** The pause before the next look. */
  readonly pollMs: number;
}

const BEFORE_THE_END = ['ready', 'in-progress', 'cooling-down', 'exhausted'] as const;

const TOLD_ACTIONS = ['wait', 'open-app', 'use-other-factor', 'start-over', 'fix-request'] as const;

/**
 * Reads an answer, a problem as well as a success. Statuses and next actions that it does not know become safe ones: the
 * button can not be pressed, and the user is told to wait or to use another factor.
 *
 * @returns null when the answer tells nothing about the user
 */
export function standingOf(answer: Answer, at: number): Standing | null {
  const { challenge, resend, pollAfterSeconds, code, requestId } = bodyOf(answer);
  const name =
    answer.status === 401 ? 'session-over' : (endOf(challenge?.status) ?? endOf(code) ?? nameOf(resend?.status));
  if (!name) return null;
  const canWait = name === 'cooling-down' || name === 'limited';
  const wait = canWait ? numberOf(resend?.availableInSeconds, Infinity) : Infinity;
  const isWaiting = name === 'in-progress' || name === 'cooling-down' || wait < Infinity;
  return {
    name,
    until: at + wait * 1000,
    remaining: numberOf(resend?.remaining, null),
    nextAction: FIXED_ACTION[name] ?? actionOf(answer) ?? (isWaiting ? 'wait' : 'use-other-factor'),
    pollMs: Math.max(numberOf(pollAfterSeconds, 2), 1) * 1000,
    ...(code && { code, requestId }),
  };
}

/** The one next action of a state, whatever was told. */
const FIXED_ACTION: Readonly<Partial<Record<StandingName, NextAction>>> = { ready: 'tap', ...FINAL };

/** The newer standing, with what the older one knows better. */
export function merged(older: Standing | null, newer: Standing): Standing {
  if (older?.name !== newer.name) return newer;
  return {
    ...older,
    ...newer,
    // Each answer gives an upper bound of the same moment: whole seconds rounded up, counted from its arrival. The earlier
    // bound is as true, and keeps the countdown from stepping back by a second.
    until: newer.until < older.until + 1500 ? Math.min(older.until, newer.until) : newer.until,
    nextAction: newer.nextAction === 'wait' && older.nextAction === 'open-app' ? 'open-app' : newer.nextAction,
  };
}

/** By the status of the Challenge, or by the code of a problem. */
function endOf(told: string | undefined): StandingName | undefined {
  if (told === 'challenge-not-found') return 'expired';
  return (Object.keys(FINAL) as (keyof typeof FINAL)[]).find((name) => told === name || told === `challenge-${name}`);
}

function nameOf(resendStatus: string | undefined): StandingName | undefined {
  if (!resendStatus) return undefined;
  // Closed, and yet the Challenge is pending: its factor takes no push.
  if (resendStatus === 'closed') return 'exhausted';
  return BEFORE_THE_END.find((name) => name === resendStatus) ?? 'limited';
}

/** The next action that was told, if it is known, and not one of those that only the state decides. */
export function actionOf(answer: Answer): NextAction | undefined {
  const { nextAction } = bodyOf(answer);
  return TOLD_ACTIONS.find((action) => action === nextAction);
}
