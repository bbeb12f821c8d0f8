import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serverOnPath, startServer } from '../support/redis-server.js';
import { ownCorner, redisUrl } from '../support/redis.js';
import { startRig } from '../support/rig.js';
import { connectLedger } from '@redis/connection.js';
import { RedisThrottlerStorage } from '@nest/throttling/redis-storage.js';
import { OverLimitNotes } from '@nest/throttling/over-limit-notes.js';

describe('a note of what is over its limit', () => {
  let now = 0;
  const notes = (most?: number) => new OverLimitNotes(() => now, most);

  test('tells the wait until the window ends, and then nothing', () => {
    now = 1000;
    const known = notes();
    known.note('a', 5000);
    expect(known.waitMs('a')).toBe(4000);
    expect(known.waitMs('b')).toBeUndefined();
    now = 4999.5;
    expect(known.waitMs('a')).toBe(0.5);
    now = 5000;
    expect(known.waitMs('a')).toBeUndefined();
  });

  test('goes when there are too many, the oldest first', () => {
    now = 0;
    const known = notes(3);
    for (const key of ['a', 'b', 'c']) known.note(key, 10);
    known.note('a', 20);
    known.note('d', 10);
    expect(['a', 'b', 'c', 'd'].map((key) => known.waitMs(key))).toEqual([20, undefined, 10, 10]);
  });
});

describe('a window in Redis', () => {
  let corner: ReturnType<typeof ownCorner>;
  let redis: ReturnType<typeof connectLedger>;
  beforeEach(async () => {
    corner = ownCorner();
    redis = connectLedger(redisUrl(), { commandTimeoutMs: 2000 });
    await redis.connect();
  });
  afterEach(() => {
    redis.disconnect();
    corner.redis.disconnect();
  });
  /** A storage that has noted nothing: another instance. */
  const storage = () => new RedisThrottlerStorage(redis, corner.keyPrefix);

  test('takes so many, and tells the exact rest of it to the next ones', async () => {
    const count = { key: 'taps:address:a', limit: 3, ttl: 60_000 };
    for (let hit = 0; hit < 3; hit++) expect(await storage().firstOver([count])).toBeUndefined();
    const over = await storage().firstOver([count]);
    const leftMs = await corner.redis.pttl(`${corner.keyPrefix}${count.key}`);
    expect(over?.key).toBe(count.key);
    expect(over?.waitMs).toBeGreaterThanOrEqual(leftMs);
    expect(over?.waitMs).toBeLessThanOrEqual(60_000);
  });

  test('is over when it was told to be, for whoever knows of it as for whoever does not', async () => {
    const count = { key: 'taps:address:b', limit: 1, ttl: 200 };
    const who = storage();
    await who.firstOver([count]);
    for (let window = 0; window < 6; window++) {
      const isKnown = window % 2 === 0;
      let earliest = performance.now();
      let waitMs = (await who.firstOver([count]))?.waitMs;
      // A machine that paused for a whole window has begun another one.
      while (waitMs === undefined) {
        earliest = performance.now();
        waitMs = (await who.firstOver([count]))?.waitMs;
      }
      const latest = performance.now();
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(200);
      for (;;) {
        const askedAt = performance.now();
        const next = await (isKnown ? who : storage()).firstOver([count]);
        // Give or take the millisecond that Redis counts in.
        if (next === undefined) {
          expect(performance.now()).toBeGreaterThan(earliest + waitMs - 1);
          break;
        }
        expect(askedAt).toBeLessThan(latest + waitMs);
        expect(askedAt + next.waitMs).toBeLessThan(latest + waitMs + 1);
      }
    }
  });

  test('that has no end is given one', async () => {
    await corner.redis.set(`${corner.keyPrefix}taps:address:c`, 1000);
    const count = { key: 'taps:address:c', limit: 1, ttl: 60_000 };
    expect(await storage().firstOver([count])).toBeUndefined();
    expect(await corner.redis.pttl(`${corner.keyPrefix}${count.key}`)).toBeGreaterThan(59_000);
  });

  test('is as long as it was begun: refused taps do not stretch it', async () => {
    const count = { key: 'taps:address:d', limit: 1, ttl: 60_000 };
    await storage().firstOver([count]);
    await corner.redis.pexpire(`${corner.keyPrefix}${count.key}`, 30_000);
    for (let hit = 0; hit < 10; hit++) {
      expect((await storage().firstOver([count]))?.waitMs).toBeLessThanOrEqual(30_000);
    }
  });

  test('of several counts, the first that is over is told, and none that was begun is left without an end', async () => {
    const [address, session] = ['taps:address:e', 'taps:session:e'];
    const counts = [
      { key: address, limit: 2, ttl: 60_000 },
      { key: session, limit: 1, ttl: 60_000 },
    ];
    expect(await storage().firstOver(counts)).toBeUndefined();
    expect((await storage().firstOver(counts))?.key).toBe(session);
    expect((await storage().firstOver(counts))?.key).toBe(address);
    for (const key of await corner.keys()) expect(await corner.redis.pttl(key)).toBeGreaterThan(0);
  });

  test('is what Nest’s own guard would be told, too', async () => {
    expect(await storage().increment('taps:address:f', 60_000, 1)).toEqual({
      totalHits: 1,
      timeToExpire: 60,
      isBlocked: false,
      timeToBlockExpire: 60,
    });
    expect(await storage().increment('taps:address:f', 60_000, 1)).toMatchObject({ totalHits: 2, isBlocked: true });
  });
});

describe('the answer', () => {
  const path = `/v1/challenges/YC${'0'.repeat(32)}/notifications`;

  test('says in whole seconds, rounded up, when the window ends', async () => {
    const corner = ownCorner();
    const rig = await startRig({
      REDIS_URL: redisUrl(),
      REDIS_KEY_PREFIX: corner.keyPrefix,
      THROTTLE_ADDRESS_PER_MINUTE: '1',
    });
    try {
      await rig.api.post(path).expect(401);
      await corner.redis.pexpire(`${corner.keyPrefix}taps:address:127.0.0.1`, 10_900);
      const { body, headers } = await rig.api.post(path).expect(429);
      expect(headers['retry-after']).toBe('11');
      expect(body).toMatchObject({ code: 'too-many-requests', retryAfterSeconds: 11, nextAction: 'wait' });
      expect(headers).not.toHaveProperty('retry-after-address');
    } finally {
      await rig.close();
      corner.redis.disconnect();
    }
  });

  test('without Redis the response is 503, because limits can not be counted', async () => {
    const binary = serverOnPath();
    if (binary === undefined) throw new Error('this test stops a Redis of its own: put redis-server on PATH');
    const server = await startServer(binary, []);
    const rig = await startRig({ REDIS_URL: server.url });
    try {
      await rig.api.post(path).expect(401);
      server.process.kill('SIGSTOP');
      const { body, headers } = await rig.api.post(path).expect(503);
      expect(body).toMatchObject({ code: 'ledger-unavailable', retryable: true });
      expect(headers['retry-after']).toBe('1');
    } finally {
      server.process.kill('SIGCONT');
      await rig.close();
      await server.stop();
    }
  });
});
