import { type Interval, unmatched } from './matching.js';
import type { OutsideRecord, Press } from './outside-record.js';

/** Every 201 names a Notification of its Challenge; one that is told as new is told to one press only. */
export function misleadingAnswers({ presses, pushes }: OutsideRecord): string[] {
  const made = new Map(pushes.map((push) => [push.sid, push]));
  const owners = new Map<string, string>();
  return presses.flatMap((press, index) => {
    const { answer } = press;
    if (answer.kind !== 'sent') return [];
    if (made.get(answer.sid)?.challengeSid !== press.challengeSid) {
      return [`${answer.sid} was told for ${press.challengeSid}, and is not one of its Notifications`];
    }
    if (answer.replayed) return [];
    const owner = owners.get(answer.sid);
    owners.set(answer.sid, nameOf(press, index));
    return owner === undefined ? [] : [`${answer.sid} was told as new to two presses`];
  });
}

/**
 * A push that nobody was told of as new can only come from a press that was told "it may have gone out", or was told
 * nothing as its connection broke. Anything else was told that nothing was sent, and given back: a wrong refund, or a
 * second push of one press, is a push that is left over here.
 */
export function unaccountedPushes({ presses, pushes, allowances }: OutsideRecord): string[] {
  const byPress = [...Map.groupBy(presses.entries(), ([index, press]) => nameOf(press, index)).values()].map((group) =>
    group.map(([, press]) => press),
  );
  const announced = new Set(presses.flatMap(({ answer }) => (isNew(answer) ? [answer.sid] : [])));
  const mayHaveSent = byPress.filter((group) => !group.some(({ answer }) => isNew(answer)));
  const leftOver = pushes.filter(({ sid }) => !announced.has(sid));
  return [...Map.groupBy(leftOver, ({ challengeSid }) => challengeSid)].flatMap(([challengeSid, of]) => {
    const spans = mayHaveSent
      .map((group) => group.filter((press) => press.challengeSid === challengeSid).flatMap(openSpan))
      .filter((group) => group.length > 0);
    return unmatched(of, spans).map(({ sid, at }) => `${sid} of ${challengeSid}, made at ${at}, is nobody's`);
  });

  function openSpan({ answer, at, until }: Press): Interval[] {
    const isOpen = answer.kind === 'cut' || (answer.kind === 'refused' && answer.code === 'delivery-unknown');
    return isOpen ? [{ from: at, to: until + allowances.transitMs }] : [];
  }
}

/**
 * Requests with the same key are told one Notification, ever. Between "sent" and "may have been sent" an answer changes
 * only where the outcome could not be written down in time: Redis or the instance was disturbed.
 */
export function brokenKeys({ presses, disturbances, policy }: OutsideRecord): string[] {
  const keyed = Map.groupBy(
    presses.filter(({ key }) => key !== undefined),
    ({ user, key }) => `${user} ${key}`,
  );
  return [...keyed].flatMap(([name, group]) => {
    const answers = new Set(group.flatMap(({ answer }) => finalAnswer(answer)));
    if (answers.size < 2) return [];
    const sids = [...answers].filter((answer) => answer !== 'delivery-unknown');
    if (sids.length > 1) return [`${name} was told ${sids.join(' and ')}`];
    const from = Math.min(...group.map(({ at }) => at));
    const to = Math.max(...group.map(({ until }) => until)) + policy.leaseMs;
    const disturbed = disturbances.some((span) => span.from <= to && from <= span.to);
    return disturbed ? [] : [`${name} was told both that ${sids.join()} was sent and that it is unknown`];
  });
}

/** Requests with the same key are one press. */
function nameOf({ user, key }: Press, index: number): string {
  return key === undefined ? `request ${index}` : `${user} ${key}`;
}

function isNew(answer: Press['answer']): answer is Extract<Press['answer'], { kind: 'sent' }> {
  return answer.kind === 'sent' && !answer.replayed;
}

function finalAnswer(answer: Press['answer']): string[] {
  if (answer.kind === 'sent') return [answer.sid];
  return answer.kind === 'refused' && answer.code === 'delivery-unknown' ? [answer.code] : [];
}
