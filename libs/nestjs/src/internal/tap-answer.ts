import type { Paused, Standing } from '@resend/ports.js';
import type { RefusalCode } from '@resend/refusal-codes.js';
import { retryAfter, type StandingBody } from '../answers/standing-body.js';
import { type NextAction, PROBLEMS } from '../answers/problems.js';

/** What a tap would be told, said without one. */
export interface TapAnswer {
  readonly decision: 'send' | 'refuse';
  readonly code: 'ready' | RefusalCode;
  /** The HTTP status. */
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

/**
 * @param said what the ledger would say, or a refusal of anybody else with its wait
 * @param paused given: the first thing that a tap meets, whatever the rest would say
 */
export function tapAnswer(
  said: Standing['next'] | { readonly code: RefusalCode; readonly waitMs?: number },
  paused?: Paused,
): TapAnswer {
  const next = paused ? ({ code: 'resends-paused', waitMs: paused.endsInMs } as const) : said;
  if (next.code === 'ready') return { decision: 'send', code: 'ready', status: 201 };
  const { status } = PROBLEMS[next.code];
  const retryAfterSeconds = retryAfter(status, next.waitMs);
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { decision: 'refuse', code: next.code, status, ...wait };
}

/** What the screen would do next: the word of the problem, or another factor where the wait outlasts the Challenge. */
export function nextActionAfter({ code, status }: TapAnswer, { nextAction }: StandingBody): NextAction {
  if (code === 'ready') return 'tap';
  return status === 429 && nextAction === 'use-other-factor' ? nextAction : PROBLEMS[code].nextAction;
}
