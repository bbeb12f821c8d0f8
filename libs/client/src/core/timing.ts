/** Longer than the service ever works on a press: its lease is 10 seconds. */
export const PRESS_DEADLINE_MS = 15_000;
/** After this, a press is given up, also across a reload or without a connection: nobody wants its push any more. */
export const PRESS_LIFETIME_MS = 60_000;
export const PRESS_ATTEMPTS = 4;
/** A longer wait for the next attempt is shown to the user, who can press again after it. */
export const LONGEST_RETRY_MS = 10_000;

export const LOOK_DEADLINE_MS = 10_000;
/** Failed looks in a row before the screen says so, if it has something to show. */
export const FAILED_LOOKS = 3;
/** Between looks while the stream is alive, or the page says that it is offline: either may be wrong. */
export const RARE_LOOK_MS = 15_000;
/** After another tab's press, so that its request arrives before the look. */
export const LOOK_AFTER_TAB_MS = 1000;

/** Long enough for a screen reader, and for a reader. */
export const SENT_MS = 10_000;
export const TROUBLE_MS = 8000;

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 15_000;

/**
 * Milliseconds before the next attempt: what the service asks for, and a growing pause with jitter.
 *
 * @param failures so far, 1 or more
 * @param random at least 0 and below 1
 */
export function backoff(failures: number, retryAfterMs: number, random: number): number {
  const pause = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
  return retryAfterMs + pause * (1 + random);
}
