import type { CreateCall, OutsideRecord } from './outside-record.js';

/** Twilio's dates have whole seconds: by so much the hold may be short. */
const DATE_ROUNDING_MS = 1000;

/** A create that Twilio refuses for the answer counts too: the service knew, and asked all the same. */
export function pushesAfterTheAnswer(record: OutsideRecord): string[] {
  return record.tellings.flatMap(({ challengeSid, status, at }) =>
    record.creates
      .filter((create) => create.challengeSid === challengeSid && create.at > leftBy(at, record))
      .map((create) => sentence(create, `${challengeSid} was known as ${status} at ${at}`)),
  );
}

export function pushesInTheHold(record: OutsideRecord): string[] {
  const denials = record.responses.filter(({ status }) => status === 'denied');
  return denials.flatMap(({ user, challengeSid, at }) => {
    const known = record.tellings.filter((told) => told.challengeSid === challengeSid).map((told) => told.at);
    const heldUntil = at + record.policy.denyHoldMs - DATE_ROUNDING_MS;
    return record.creates
      .filter((create) => create.user === user)
      .filter((create) => create.at > leftBy(Math.min(...known), record) && create.at < heldUntil)
      .map((create) => sentence(create, `${user} denied at ${at}`));
  });
}

/** What was dispatched before the answer was known has arrived by then. */
function leftBy(known: number, { allowances }: OutsideRecord): number {
  return known + allowances.dispatchToSendMs + allowances.transitMs;
}

function sentence({ challengeSid, at }: CreateCall, why: string): string {
  return `a create for ${challengeSid} arrived at ${at}, though ${why}`;
}
