import type { Answer, Call } from './call.js';
import type { Challenges } from './challenges.js';
import { findEntity } from './lookup.js';
import type { Store } from './store.js';
import { TwilioError } from './twilio-error.js';

const STATUSES = new Set(['pending', 'expired', 'approved', 'denied']);

/**
 * `GET …/Challenges`: oldest first unless `Order=desc`; an empty list is 200. `next_page_url` is absolute, because the
 * SDK follows it as it stands. The form of `PageToken` is an assumption: clients must not read it.
 *
 * @throws TwilioError 60306 on a filter or page out of range
 */
export function listChallenges(store: Store, challenges: Challenges, call: Call): Answer {
  const entity = findEntity(store, call.params);
  const { query } = call;
  const factorSid = query.get('FactorSid');
  const status = query.get('Status');
  const order = query.get('Order') ?? 'asc';
  const pageSize = readNumber(query, 'PageSize', 1, 1000, 50);
  const page = readNumber(query, 'Page', 0, 1_000_000, 0);
  if (status !== null && !STATUSES.has(status)) throw new TwilioError(60306, 'Status is unknown');
  if (order !== 'asc' && order !== 'desc') throw new TwilioError(60306, 'Order must be asc or desc');

  const all = [...entity.challenges.values()]
    .filter((challenge) => factorSid === null || challenge.factor.sid === factorSid)
    .toSorted((one, other) => one.createdAt - other.createdAt)
    .map((challenge) => challenges.json(challenge, call.baseUrl))
    .filter((json) => status === null || json.status === status);
  if (order === 'desc') all.reverse();

  const path = `${call.baseUrl}/v2/Services/${call.params.service}/Entities/${entity.identity}/Challenges`;
  const pageUrl = (number: number): string => {
    const parameters = new URLSearchParams(query);
    parameters.set('PageSize', String(pageSize));
    parameters.set('Page', String(number));
    parameters.set('PageToken', `PT${number}`);
    if (number === 0) parameters.delete('PageToken');
    return `${path}?${parameters.toString()}`;
  };
  const meta = {
    page,
    page_size: pageSize,
    first_page_url: pageUrl(0),
    previous_page_url: page === 0 ? null : pageUrl(page - 1),
    url: pageUrl(page),
    next_page_url: (page + 1) * pageSize < all.length ? pageUrl(page + 1) : null,
    key: 'challenges',
  };
  const body = { challenges: all.slice(page * pageSize, (page + 1) * pageSize), meta };
  return { status: 200, body, effect: 'none' };
}

function readNumber(query: URLSearchParams, name: string, min: number, max: number, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new TwilioError(60306, `${name} must be from ${min} to ${max}`);
  return number;
}
