import { isDeepStrictEqual } from 'node:util';
import type { StandingBody } from '../answers/standing-body.js';

/** A countdown may differ by this from where it would be by itself: each is rounded to whole seconds. */
const ROUNDING_SECONDS = 1;

/** A standing that was told to a screen, which counts down by itself from there. */
export class Told {
  /** @param at a monotonic reading, in milliseconds */
  constructor(
    private readonly body: StandingBody,
    private readonly at: number,
  ) {}

  /** Whether a screen that was told this shows the same as one that is told `body` at the time `now`. */
  covers(body: StandingBody, now: number): boolean {
    const passed = (now - this.at) / 1000;
    return (
      runsOn(this.body.resend.availableInSeconds, body.resend.availableInSeconds, passed) &&
      runsOn(this.body.challenge?.expiresInSeconds, body.challenge?.expiresInSeconds, passed) &&
      isDeepStrictEqual(timeless(this.body), timeless(body))
    );
  }
}

/** Whether a countdown has come from `before` to `now` by itself. A screen must not show 0 while the truth is more. */
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
