/**
 * The cases that the invariants speak of, as they occur in histories. An invariant holds of itself where its case never
 * occurs, so each case is counted. docs/invariants.md has a row for each.
 */
export const PROBES = {
  I1: [
    'a tap was refused by a full window',
    'the last place of a window was taken',
    'a place was taken in the millisecond in which it came free',
    'a full window was started afresh by an approval or a reset',
  ],
  I2: [
    'a tap was refused inside a cooldown',
    'a tap was refused inside the cooldown of the automatic push',
    'a tap was refused one millisecond before the end of a cooldown',
    'a resend left in the millisecond in which its cooldown ended',
  ],
  I3: [
    'a tap was refused at the cap of its Challenge',
    'a cap was reached by a resend that nobody knows the outcome of',
    'the last resend of a Challenge left',
    'two instances sent pushes of one Challenge',
  ],
  I4: [
    'a notSent gave back a reservation before its dispatch',
    'a notSent gave back a dispatched resend',
    'a notSent gave back nothing, because a later push had left',
    'a settlement came after its lease, and counted',
    'a settlement came twice, and counted once',
    'an unknown outcome stayed counted',
    'a notSent gave back a resend that was not the newest',
  ],
  I5: [
    'a key came again while its resend was under way',
    'a key came again after its resend was sent',
    'a key came again after an unknown outcome',
    'a key came again after its resend was given back',
    'a key came again with another request',
    'a reserve arrived twice',
    'a second tap right after the first got its answer',
  ],
  I6: [
    'a refusal left a memory as it was',
    'a replay left a memory as it was',
    'a question left a memory as it was',
    'a dry run supposed an answer, and it was not remembered',
  ],
  I7: [
    'a user was forgotten 25 h after the last resend',
    'a block ended by itself',
    'a Challenge was forgotten an hour after the last word of it',
  ],
  I8: [
    'a tap was refused because its Challenge was denied',
    'a tap was refused during the hold',
    'a denial came between the reservation and its dispatch',
    'a block came between the reservation and its dispatch',
    'a resend left in the millisecond in which the hold ended',
    'an approval came during the hold',
  ],
  I9: [
    'a crash between the reservation and its dispatch',
    'a crash between the dispatch and its create',
    'a crash between the create and its settling',
    'a lease gave back a reservation before its dispatch came',
    'a user whose process had crashed sent again',
    'a user had to wait when the faults were over',
  ],
  I10: [
    'a push followed one of its Challenge whose ttl had ended',
    'a push followed as soon as that ttl allowed',
    'a push reached Twilio a second or more after its dispatch',
    'a push followed such a late one as soon as the cooldown allowed',
  ],
  I11: [
    'a tap was granted in the millisecond in which a cooldown ended',
    'a tap was granted in the millisecond in which a window had room',
    'a tap was granted in the millisecond in which the hold ended',
    'a tap was granted in the millisecond in which a block ended',
    'a tap came one millisecond before the end of its wait',
    'a wait was told again, and had not grown',
    'a wait was longer than its first reason',
  ],
  I12: [
    'a command ran beside what is remembered of another user',
    'a tap asked for a Challenge of another user',
    'a tap had a key that another user has used',
  ],
  I13: [
    'a tap was refused beside one under way',
    'two taps came in the same millisecond, and one was refused',
    'a tap was refused beside one whose lease the dispatch had renewed',
    'a dispatch came after its lease was over',
    'a dispatch arrived twice',
    'a dispatch ran, its reply was lost, and nothing was sent',
    'a create was held back too long, and never left',
  ],
  I14: [
    'a webhook was the first to tell an answer',
    'a webhook told an answer that was known',
    'a webhook about an unknown Challenge changed nothing',
    'a webhook was faster than Twilio’s own record',
    'a webhook came more than an hour after the answer',
    'a tap learnt an answer before its dispatch',
    'a look or the fetch after a webhook learnt an answer',
    'a refused create led to the answer',
  ],
  I15: [
    'a tap told an end before its dispatch',
    'a settling told an end',
    'a look or a webhook told an end',
    'an end was told with resends',
    'an end was told while a resend was only reserved',
    'an end was told without a resend that left after it',
    'an end of more than an hour ago was not told',
    'an expiry was told later than it was',
    'an end was heard again, and not told again',
  ],
  I16: [
    'a look was refused as one guess too many',
    'a tap was refused as one guess too many',
    'an eighth unknown Challenge was asked about',
    'one of eight unknown Challenges was asked about again',
    'a known Challenge was asked about beside eight unknown ones',
    'a tap asked about an unknown Challenge that a look had asked about',
    'a question that nobody answered ended by itself',
  ],
} as const;

export type Invariant = keyof typeof PROBES;
export type Probe = (typeof PROBES)[Invariant][number];
export type Counts = Map<Probe, number>;

export const INVARIANTS = Object.keys(PROBES) as Invariant[];

export function addCounts(sum: Counts, more: Counts): void {
  for (const [probe, count] of more) sum.set(probe, (sum.get(probe) ?? 0) + count);
}

/** One line for each invariant, with the count of each case in the order of the list. */
export function countsInWords(counts: Counts): string {
  const each = INVARIANTS.map((invariant) => {
    const cases = PROBES[invariant].map((probe) => `${counts.get(probe) ?? 0} × ${probe}`);
    return `${invariant}: ${cases.join('; ')}`;
  });
  return each.join('\n');
}
