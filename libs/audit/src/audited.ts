import { Refusal } from '@resend/refusals.js';

/** In an event's changes: it is unknown whether the command ran. */
export interface Doubt {
  readonly outcome?: 'unknown';
}

/**
 * Runs a command and records its event. A command that ended in a refusal, without an answer, may have run all the
 * same: its event says so, and the refusal is rethrown.
 * @param record gets the command's answer, if there is one
 */
export async function audited<Answer>(
  command: () => Promise<Answer>,
  record: (doubt: Doubt, answer?: Answer) => void,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await command();
  } catch (error) {
    if (error instanceof Refusal) record({ outcome: 'unknown' });
    throw error;
  }
  record({}, answer);
  return answer;
}
