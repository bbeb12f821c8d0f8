import type { Answer, Call } from './call.js';
import type { Challenges } from './challenges.js';
import { pageOf } from './list-page.js';
import { findEntity } from './lookup.js';
import type { Store } from './store.js';
import { TwilioError } from './twilio-error.js';

const STATUSES = new Set(['pending', 'expired', 'approved', 'denied']);

/**
 * `GET …/Challenges`: oldest first unless `Order=desc`; an empty list is 200.
 *
 * @throws TwilioError 60306 on a filter or page out of range
 */
export function listChallenges(store: Store, challenges: Challenges, call: Call): Answer {
  const entity = findEntity(store, call.params);
  const filter = (name: string): string => call.query.get(name) ?? '';
  const [factorSid, status, order] = [filter('FactorSid'), filter('Status'), filter('Order')];
  if (status !== '' && !STATUSES.has(status)) throw new TwilioError(60306, 'Status is unknown');
  if (!['', 'asc', 'desc'].includes(order)) throw new TwilioError(60306, 'Order must be asc or desc');

  const all = [...entity.challenges.values()]
    .filter((challenge) => factorSid === '' || challenge.factor.sid === factorSid)
    .toSorted((one, other) => one.createdAt - other.createdAt)
    .map((challenge) => challenges.json(challenge, call))
    .filter((json) => status === '' || json.status === status);
  if (order === 'desc') all.reverse();

  const path = `/v2/Services/${call.params.service}/Entities/${entity.identity}/Challenges`;
  return { status: 200, body: pageOf(call, path, 'challenges', all), effect: 'none' };
}
