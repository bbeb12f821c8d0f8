import { isDeepStrictEqual } from 'node:util';
import type { StandingBody } from '../answers/standing-body.js';

/** Tolerance when comparing countdowns: each is rounded to whole seconds. */
const ROUNDING_SECONDS = 1;

/** A standing that was sent to a screen, which counts down from there. */
export class SentStanding {
  /** @param at a monotonic reading, in milliseconds */
  constructor(
    private readonly body: StandingBody,
    private readonly at: number,
  ) {}

  /** Whether a screen with this standing shows the same as one that gets `body` at the time `now`. */
  covers(body: StandingBody, now: number): boolean {
    const passed = (now - this.at) / 1000;
    return (
      runsOn(this.body.resend.availableInSeconds, body.resend.availableInSeconds, passed) &&
      runsOn(this.body.challenge?.expiresInSeconds, body.challenge?.expiresInSeconds, passed) &&
      isDeepStrictEqual(timeless(this.body), timeless(body))
    );
  }
}

/** Whether a countdown went from `before` to `now` just by elapsed time. A screen must not show 0 too early. */
function runsOn(before: number | null | undefined, now: number | null | undefined, passedSeconds: number): boolean {
  if (typeof before !== 'number' || typeof now !== 'number') return before === now;
  return Math.abs(Math.max(0, before - passedSeconds) - now) <= ROUNDING_SECONDS;
}

function timeless({ challenge, resend, ...rest }: StandingBody): object {
  return {
    ...rest,
    challenge: challenge && { ...challenge, expiresInSeconds: 0 },
    resend: { ...resend, availableInSeconds: 0 },
  };
}
