import { isDeepStrictEqual } from 'node:util';

import type { Call } from './call.js';
import { isPhone } from './caller.js';
import { twilioDate } from './clock.js';
import type { Challenge, ChallengeStatus } from './records.js';

/**
 * The status at a time (ms). Pending ends by an answer or by the clock, and never comes back.
 *
 * @param lagSeconds how long after its end the Challenge still reads as pending (switch `expiryLagSeconds`)
 */
export function statusAt(challenge: Challenge, at: number, lagSeconds = 0): ChallengeStatus {
  if (challenge.answer && challenge.answer.at <= at) return challenge.answer.status;
  return at >= challenge.expiresAt + lagSeconds * 1000 ? 'expired' : 'pending';
}

/** Pushes of the Challenge that count towards its 3. */
export function pushesUsed(challenge: Challenge, initialPushCounts: boolean): number {
  const automatic = challenge.pushedAutomatically && initialPushCounts ? 1 : 0;
  return challenge.notifications.length + challenge.consumedByFailures + automatic;
}

/**
 * The 18 keys of a Challenge; what is absent is null, never left out: the SDK turns a date left out into "now".
 * Only phones get `details` without a `date` that is not set, as Twilio documents it: their SDKs can not read a null.
 * `responded_reason` is `none` throughout, the other values belong to other factor types.
 */
export function challengeJson(
  challenge: Challenge,
  status: ChallengeStatus,
  accountSid: string,
  { baseUrl, caller }: Pick<Call, 'baseUrl' | 'caller'>,
) {
  const { service, entity, factor, answer, message, fields } = challenge;
  const includesDate = service.settings.push.include_date;
  const date = includesDate ? { date: twilioDate(challenge.createdAt) } : isPhone(caller) ? {} : { date: null };
  const url = `${baseUrl}/v2/Services/${service.sid}/Entities/${entity.identity}/Challenges/${challenge.sid}`;
  const expired = status === 'expired' ? challenge.expiresAt : undefined;
  return {
    sid: challenge.sid,
    account_sid: accountSid,
    service_sid: service.sid,
    entity_sid: entity.sid,
    identity: entity.identity,
    factor_sid: factor.sid,
    date_created: twilioDate(challenge.createdAt),
    date_updated: twilioDate(answer?.at ?? expired ?? challenge.createdAt),
    date_responded: answer === null ? null : twilioDate(answer.at),
    expiration_date: twilioDate(challenge.expiresAt),
    status,
    responded_reason: 'none',
    details: { message, ...date, fields },
    hidden_details: challenge.hiddenDetails,
    metadata: challenge.metadata,
    factor_type: factor.type,
    url,
    links: { notifications: `${url}/Notifications` },
  };
}

/**
 * What the phone signs along with its answer; `Twilio-Verify-Signature-Fields` names the fields while pending.
 * The choice of fields is an assumption; the header and its meaning are those of Twilio's Android SDK.
 */
export const signatureFields = [
  'sid',
  'account_sid',
  'service_sid',
  'entity_sid',
  'identity',
  'factor_sid',
  'date_created',
  'expiration_date',
  'details',
  'hidden_details',
] as const;

/** Whether a signed payload is about exactly this Challenge. */
export function isSignedFor(
  payload: Readonly<Record<string, unknown>>,
  json: ReturnType<typeof challengeJson>,
): boolean {
  return signatureFields.every((field) => isDeepStrictEqual(payload[field], json[field]));
}
