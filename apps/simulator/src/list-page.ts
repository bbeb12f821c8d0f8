import type { Call } from './call.js';
import { TwilioError } from './twilio-error.js';

/**
 * One page of a list, in the form that every SDK follows: the items under `key`, and `meta` with absolute URLs.
 *
 * `PageToken` alone decides where a page starts, `Page` is only echoed (Twilio: "simply for client state"). A token is
 * `PT` and the number of items before the page; its form is an assumption, clients must not read it.
 *
 * @param path of the list, from `/v2` on
 * @param all every item, in the order of the list
 * @throws TwilioError 60306 on a page out of range or an unknown token
 */
export function pageOf(
  { query, baseUrl }: Call,
  path: string,
  key: string,
  all: readonly unknown[],
): Record<string, unknown> {
  const pageSize = readNumber(query, 'PageSize', 1, 1000, 50);
  const page = readNumber(query, 'Page', 0, 1_000_000, 0);
  const start = readToken(query.get('PageToken') ?? '');

  const urlOf = (number: number, firstItem: number): string => {
    const parameters = new URLSearchParams(query);
    parameters.set('PageSize', String(pageSize));
    parameters.set('Page', String(number));
    parameters.delete('PageToken');
    if (firstItem > 0) parameters.set('PageToken', `PT${firstItem}`);
    return `${baseUrl}${path}?${parameters.toString()}`;
  };
  const end = start + pageSize;
  return {
    [key]: all.slice(start, end),
    meta: {
      page,
      page_size: pageSize,
      first_page_url: urlOf(0, 0),
      previous_page_url: start === 0 ? null : urlOf(Math.max(0, page - 1), Math.max(0, start - pageSize)),
      url: urlOf(page, start),
      next_page_url: end < all.length ? urlOf(page + 1, end) : null,
      key,
    },
  };
}

function readToken(token: string): number {
  if (token === '') return 0;
  const items = /^PT(\d{1,7})$/.exec(token)?.[1];
  if (items === undefined) throw new TwilioError(60306, 'PageToken is not one of ours');
  return Number(items);
}

function readNumber(query: URLSearchParams, name: string, min: number, max: number, otherwise: number): number {
  const text = query.get(name) ?? '';
  if (text === '') return otherwise;
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new TwilioError(60306, `${name} must be from ${min} to ${max}`);
  return number;
}
