import { Refusal } from '@resend/refusals.js';

/**
 * Runs a command of the ledger's Redis.
 * @throws Refusal `ledger-unavailable` when the command fails, with its error as the cause
 */
export async function orLedgerUnavailable<Reply>(command: () => Promise<Reply>): Promise<Reply> {
  try {
    return await command();
  } catch (cause) {
    throw new Refusal('ledger-unavailable', { waitMs: 1000, cause });
  }
}
