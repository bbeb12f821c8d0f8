import { Refusal } from '@resend/refusals.js';

/** In an event's changes: whether what it tells of was done is not known. */
export interface Doubt {
  readonly outcome?: 'unknown';
}

/**
 * Runs a command and has its event recorded. One that was refused because nobody answered may have run all the same: its
 * event says so, and the refusal goes on to the caller.
 * @param record given the command's answer where there is one
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
