import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, Rig } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

/** What the lists of the SDK have in common. */
interface List {
  list(query?: { pageSize?: number; limit?: number }): Promise<{ sid: string }[]>;
  each(query: object, callback: (item: { sid: string }, done: () => void) => void): void;
  page(query?: { pageSize?: number; pageToken?: string }): Promise<Page>;
}

interface Page {
  readonly instances: { sid: string }[];
  readonly nextPageUrl?: string | undefined;
  nextPage(): Promise<unknown> | undefined;
  previousPage(): Promise<unknown> | undefined;
}

const service = () => rig.sdk().verify.v2.services(rig.running.serviceSid);
const totp = { friendlyName: 'Authenticator', factorType: 'totp' } as const;
const webhook = { friendlyName: 'Ours', eventTypes: ['*'], webhookUrl: 'https://example.com/hook' };

/** Where a list is, what adds to it, and how many are in it from the start. */
const lists: [name: string, list: () => List, add: (nth: number) => Promise<{ sid: string }>, present: number][] = [
  [
    'services',
    () => rig.sdk().verify.v2.services,
    (nth) => rig.sdk().verify.v2.services.create({ friendlyName: `Service ${nth}` }),
    1,
  ],
  ['entities', () => service().entities, (nth) => service().entities.create({ identity: `person-${nth}` }), 0],
  [
    'factors',
    () => service().entities('user-0001').factors,
    () => service().entities('user-0001').newFactors.create(totp),
    0,
  ],
  [
    'challenges',
    () => service().entities('user-0001').challenges,
    async () => ({ sid: (await rig.seed()).challengeSid }),
    0,
  ],
  ['webhooks', () => service().webhooks, () => service().webhooks.create(webhook), 0],
];

describe.each(lists)('the list of %s', (name, list, add, present) => {
  const sids: string[] = [];

  beforeEach(async () => {
    sids.length = 0;
    for (let nth = present; nth < 5; nth += 1) sids.push((await add(nth)).sid);
    if (present > 0) sids.unshift(rig.running.serviceSid);
  });

  test('comes page by page, by list', async () => {
    const before = (await rig.journal()).length;
    expect((await list().list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids);
    expect((await rig.journal()).length - before).toBe(3);
    expect((await list().list({ limit: 3 })).map(({ sid }) => sid)).toEqual(sids.slice(0, 3));
  });

  test('comes one by one, by each', async () => {
    const seen = await new Promise<string[]>((resolve, reject) => {
      const read: string[] = [];
      const done = (error?: Error): void => (error ? reject(error) : resolve(read));
      list().each({ pageSize: 2, done }, ({ sid }) => read.push(sid));
    });
    expect(seen).toEqual(sids);
  });

  test('comes by page, forwards, backwards and from a token alone, as phones ask', async () => {
    const sidsOf = (page: unknown): string[] => (page as Page).instances.map(({ sid }) => sid);
    const first = await list().page({ pageSize: 2 });
    const second = (await first.nextPage()) as Page;
    expect([sidsOf(first), sidsOf(second)]).toEqual([sids.slice(0, 2), sids.slice(2, 4)]);
    expect(sidsOf(await second.previousPage())).toEqual(sids.slice(0, 2));
    const pageToken = new URL(first.nextPageUrl ?? '').searchParams.get('PageToken') ?? '';
    expect(sidsOf(await list().page({ pageSize: 2, pageToken }))).toEqual(sids.slice(2, 4));
  });

  test('tells where its pages are', async () => {
    const { path: asked } = await list()
      .page({ pageSize: 2 })
      .then(() => rig.lastRequest());
    const answer = (await (await rig.http(asked)).json()) as { meta: Record<string, unknown> };
    const here = `${rig.url}${asked.split('?')[0]}`;
    expect(answer.meta).toEqual({
      page: 0,
      page_size: 2,
      first_page_url: `${here}?PageSize=2&Page=0`,
      previous_page_url: null,
      url: `${here}?PageSize=2&Page=0`,
      next_page_url: expect.stringContaining(`${here}?PageSize=2&Page=1&PageToken=`),
      key: name,
    });
  });
});

test.each(['PageSize=0', 'PageSize=1001', 'Page=x', 'PageToken=nonsense'])('%s is refused', async (query) => {
  const answer = await rig.http(`/v2/Services?${query}`);
  expect([answer.status, await codeOf(answer)]).toEqual([400, 60306]);
});

test('Page alone changes nothing: it is for the state of the client', async () => {
  const answer = (await (await rig.http('/v2/Services?PageSize=1&Page=3')).json()) as { services: object[] };
  expect(answer.services).toHaveLength(1);
});
