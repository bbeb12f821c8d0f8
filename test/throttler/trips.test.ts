import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type Rig, startRig } from '../support/rig.js';
import { startTripMeter, type TripMeter } from './trip-meter.js';

let meter: TripMeter;
beforeAll(async () => {
  meter = await startTripMeter(Number(new URL(redisUrl()).port));
});
afterAll(() => meter.close());

let rig: Rig;
let corner: ReturnType<typeof ownCorner>;
beforeEach(async () => {
  corner = ownCorner();
  rig = await startRig({
    REDIS_URL: `redis://127.0.0.1:${meter.port}`,
    REDIS_KEY_PREFIX: corner.keyPrefix,
    THROTTLE_SESSION_PER_MINUTE: '3',
    THROTTLE_ADDRESS_PER_MINUTE: '5',
  });
  // What is checked at the start has been.
  await expect.poll(async () => (await rig.ops.get('/readyz')).status).toBe(200);
  meter.trips();
});
afterEach(async () => {
  await rig.close();
  corner.redis.disconnect();
});

/** A tap with this credential, made up: nobody but the throttler asks Redis about it. */
async function tap(credential: string): Promise<{ status: number; trips: number }> {
  meter.trips();
  const path = `/v1/challenges/YC${'0'.repeat(32)}/notifications`;
  const { status } = await rig.api.post(path).set('authorization', `Bearer ${credential}`);
  return { status, trips: meter.trips() };
}

const madeUp = () => randomBytes(12).toString('hex');
const countersOf = async (throttler: string) =>
  (await corner.keys()).filter((key) => key.includes(`taps:${throttler}:`));

describe('counting a tap by address and by session', () => {
  test('costs one trip for both', async () => {
    await tap('first'); // Redis learns the script
    expect(await tap('second')).toEqual({ status: 401, trips: 1 });
    expect(await countersOf('address')).toHaveLength(1);
    expect(await countersOf('session')).toHaveLength(2);
  });
});

describe('a flood', () => {
  test('a flood of made-up credentials is refused by address without a round trip or new counters', async () => {
    for (let number = 0; number < 5; number++) await tap(madeUp());
    expect(await tap(madeUp())).toEqual({ status: 429, trips: 1 });
    const counters = async () => (await corner.keys()).filter((key) => key.includes('taps:'));
    expect(await counters()).toHaveLength(1 + 6);
    for (let number = 0; number < 50; number++) expect(await tap(madeUp())).toEqual({ status: 429, trips: 0 });
    expect(await counters()).toHaveLength(1 + 6);
    expect(await rig.simulate('GET', '/journal')).toEqual([]);
  });

  test('of one credential is refused without a trip, and does not use up its address', async () => {
    for (let number = 0; number < 3; number++) expect((await tap('same')).status).toBe(401);
    expect(await tap('same')).toEqual({ status: 429, trips: 1 });
    for (let number = 0; number < 20; number++) expect(await tap('same')).toEqual({ status: 429, trips: 0 });
    expect((await tap('a neighbour')).status).toBe(401);
  });

  test('all at once costs at most a trip a tap, and the limit holds', async () => {
    await tap('first');
    const taps = await Promise.all(Array.from({ length: 100 }, () => tap(madeUp())));
    expect(taps.filter(({ status }) => status === 401)).toHaveLength(4);
    expect(taps.filter(({ status }) => status === 429)).toHaveLength(96);
    expect(await rig.simulate('GET', '/journal')).toEqual([]);
  });

  test('over two instances is counted once', async () => {
    const { baseUrl } = await rig.simulate<{ baseUrl: string }>('GET', '');
    const other = await startRig({
      REDIS_URL: redisUrl(),
      REDIS_KEY_PREFIX: corner.keyPrefix,
      TWILIO_BASE_URL: baseUrl,
      THROTTLE_ADDRESS_PER_MINUTE: '5',
    });
    try {
      for (let number = 0; number < 5; number++) await tap(madeUp());
      const path = `/v1/challenges/YC${'0'.repeat(32)}/notifications`;
      await other.api.post(path).set('authorization', `Bearer ${madeUp()}`).expect(429);
    } finally {
      await other.close();
    }
  });
});
