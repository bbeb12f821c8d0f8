import { describe, expect, test } from 'vitest';
import { Front } from '@nest/public/front.js';
import { Refusal } from '@resend/refusals.js';
import { refusal } from '../story/fakes.js';

const over = { key: 'taps:address:192.0.2.1', waitMs: 1000 };
const session = { identity: 'somebody-0001' };
const pause = { current: async () => undefined };

/** A front whose counters answer so; it notes when a session is asked for. */
function frontWith(counters: () => Promise<typeof over | undefined>, areSessionsStored: boolean) {
  let asked = 0;
  const storage = { firstOver: counters, knownOver: () => undefined, increment: () => Promise.reject(new Error('no')) };
  const find = async () => {
    asked += 1;
    return session;
  };
  const front = new Front({ storage, pause, areSessionsStored });
  return { ask: () => front.ask([], { counter: 'any', find }), asked: () => asked };
}

describe('a session that an identity provider has to be asked for', () => {
  test('is not asked for by a request that is over its limit, or that can not be counted', async () => {
    const flood = frontWith(async () => over, false);
    expect(await flood.ask().session).toBe('no-session');
    expect(flood.asked()).toBe(0);

    const uncounted = frontWith(() => Promise.reject(new Refusal('ledger-unavailable')), false);
    expect((await refusal(uncounted.ask().session)).code).toBe('ledger-unavailable');
    expect(uncounted.asked()).toBe(0);
  });

  test('is asked for once a request has been counted', async () => {
    const fine = frontWith(async () => undefined, false);
    expect(await fine.ask().session).toEqual(session);
  });
});

test('a session in a store of ours is asked for at once', () => {
  const { ask, asked } = frontWith(() => Promise.withResolvers<undefined>().promise, true);
  ask();
  expect(asked()).toBe(1);
});
