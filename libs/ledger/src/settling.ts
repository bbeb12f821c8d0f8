/**
 * Pauses between the attempts for which the caller waits, in milliseconds. Settling twice is safe: only the first
 * counts.
 */
const RETRY_MS = [50, 200];
/** Pauses before the background attempts, in milliseconds: the first; it doubles with each attempt, up to the longest. */
const LATER_MS = 400;
const LONGEST_MS = 1000;

export interface Settling {
  readonly leaseMs: number;
  /** A monotonic reading in milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Whether no further attempt can succeed. */
  readonly isOver: () => boolean;
}

/**
 * Tries to settle three times. If that fails, the caller gets the error, and retries continue in the background until the
 * lease ends.
 * @throws what the third attempt has thrown
 */
export async function settlePersistently<Answer>(attempt: () => Promise<Answer>, settling: Settling): Promise<Answer> {
  for (const pauseMs of RETRY_MS) {
    try {
      return await attempt();
    } catch {
      await settling.sleep(pauseMs);
    }
  }
  try {
    return await attempt();
  } catch (error) {
    void settleLater(attempt, settling);
    throw error;
  }
}

async function settleLater(attempt: () => Promise<unknown>, { leaseMs, now, sleep, isOver }: Settling): Promise<void> {
  const giveUpAt = now() + leaseMs;
  let pauseMs = LATER_MS;
  while (now() + pauseMs < giveUpAt && !isOver()) {
    await sleep(pauseMs);
    if (await attempt().catch(() => undefined)) return; // each attempt reports its own error
    pauseMs = Math.min(2 * pauseMs, LONGEST_MS);
  }
}
