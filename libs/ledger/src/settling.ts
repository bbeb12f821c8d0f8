/** Pauses between the attempts that the caller waits for, in milliseconds. Settling twice is safe: only the first counts. */
const RETRY_MS = [50, 200];
/** Pause before the first attempt that nobody waits for, in milliseconds; each next one is twice as long. */
const LATER_MS = 400;

export interface Settling {
  readonly leaseMs: number;
  /** A monotonic reading in milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Whether no attempt can succeed any more. */
  readonly isOver: () => boolean;
}

/**
 * Tries to settle three times. If that fails, the caller is told, and it is tried on without him, until the lease would be
 * over.
 * @throws what the last attempt has thrown
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
  for (let pauseMs = LATER_MS; now() + pauseMs < giveUpAt && !isOver(); pauseMs *= 2) {
    await sleep(pauseMs);
    if (await attempt().catch(() => undefined)) return; // each attempt reports its own error
  }
}
