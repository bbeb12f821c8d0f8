import { brokenKeys, misleadingAnswers, unaccountedPushes } from './audit-answers.js';
import { pushesAfterTheAnswer, pushesInTheHold } from './audit-responses.js';
import { crowdedWindows, hurriedPushes, overdrawnChallenges, queuedTogether } from './audit-pushes.js';
import type { OutsideRecord } from './outside-record.js';

/** A promise that was not kept, and by what. */
export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

/** Every promise, as a search of the outside record for what breaks it: each finds one sentence for every breach. */
export const RULES: Readonly<Record<string, (record: OutsideRecord) => readonly string[]>> = {
  'no Challenge gets more than its cap, and Twilio never has to say so': overdrawnChallenges,
  'two pushes to a user are a cooldown apart': hurriedPushes,
  'no window holds more than its limit': crowdedWindows,
  'at most one unexpired resend of a Challenge is queued': queuedTogether,
  'no push for a Challenge once its answer is known': pushesAfterTheAnswer,
  'no push to a user in the hold after a known denial': pushesInTheHold,
  'every 201 has its Notification, and different presses have different ones': misleadingAnswers,
  'every push was announced, or may have been sent: what was given back created nothing': unaccountedPushes,
  'the same key has the same answer': brokenKeys,
  'nobody is stuck': ({ afterwards }) => afterwards.stuck,
  'after the wait told, the tap is sent': ({ afterwards }) => afterwards.misled,
  'every key in Redis expires': ({ afterwards }) => afterwards.immortalKeys,
  'nothing fails that was not planned to': ({ presses }) =>
    presses.flatMap(({ answer, at }) =>
      answer.kind === 'refused' && UNPLANNED.has(answer.code) ? [`${answer.code} at ${at}`] : [],
    ),
  'the record is whole': missingCreates,
};

/** Answers that no storm accounts for. */
const UNPLANNED: ReadonlySet<string> = new Set([
  'internal-error',
  'invalid-request',
  'session-invalid',
  'not-found',
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'challenge-not-push',
]);

/** Holds what was seen from outside against every promise. */
export function audit(record: OutsideRecord): readonly Violation[] {
  return Object.entries(RULES).flatMap(([rule, breaches]) => breaches(record).map((detail) => ({ rule, detail })));
}

/** The journal of calls and the inboxes of phones have to tell of the same pushes. */
function missingCreates({ creates, pushes }: OutsideRecord): string[] {
  const made = creates.filter(({ created }) => created).length;
  return made === pushes.length ? [] : [`${made} creates made ${pushes.length} pushes`];
}
