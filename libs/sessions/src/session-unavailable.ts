import { Refusal } from '@resend/refusals.js';

/** The refusal when a session store or an identity provider fails. */
export function sessionUnavailable(cause: unknown): Refusal {
  return new Refusal('session-unavailable', { waitMs: 1000, cause });
}

/**
 * Runs a command of a session store.
 * @throws Refusal `session-unavailable` when the command fails
 */
export async function orSessionUnavailable<Reply>(command: () => Promise<Reply>): Promise<Reply> {
  try {
    return await command();
  } catch (cause) {
    throw sessionUnavailable(cause);
  }
}
