import type { Paused, Standing } from '@resend/ports.js';
import type { RefusalCode } from '@resend/refusal-codes.js';
import { retryAfter, type StandingBody } from '../answers/standing-body.js';
import { type NextAction, PROBLEMS } from '../answers/problems.js';

/** The answer that a tap would get. */
export interface TapAnswer {
  readonly decision: 'send' | 'refuse';
  readonly code: 'ready' | RefusalCode;
  /** The HTTP status. */
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

/**
 * @param verdict the ledger's verdict, or another refusal with its wait
 * @param paused takes precedence over the verdict, as it does for a tap
 */
export function tapAnswer(
  verdict: Standing['next'] | { readonly code: RefusalCode; readonly waitMs?: number },
  paused?: Paused,
): TapAnswer {
  const next = paused ? ({ code: 'resends-paused', waitMs: paused.endsInMs } as const) : verdict;
  if (next.code === 'ready') return { decision: 'send', code: 'ready', status: 201 };
  const { status } = PROBLEMS[next.code];
  const retryAfterSeconds = retryAfter(status, next.waitMs);
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { decision: 'refuse', code: next.code, status, ...wait };
}

/** The screen's next action: the problem's, or another factor when the wait outlasts the Challenge. */
export function nextActionAfter({ code, status }: TapAnswer, { nextAction }: StandingBody): NextAction {
  if (code === 'ready') return 'tap';
  return status === 429 && nextAction === 'use-other-factor' ? nextAction : PROBLEMS[code].nextAction;
}
