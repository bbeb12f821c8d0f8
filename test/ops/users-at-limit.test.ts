import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import type { Standing } from '@resend/ports.js';
import { MemoryUsersAtLimit, RedisUsersAtLimit, type UsersAtLimit } from '@telemetry/users-at-limit.js';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { OutcomeMetrics } from '@nest/observing/outcome-metrics.js';
import { startServer, serverOnPath } from '../support/redis-server.js';
import { ownCorner } from '../support/redis.js';
import { type Rig, startRig } from '../support/rig.js';
import { Exposition, scrape } from './exposition.js';

const HOUR = 3_600_000;
const gauge = 'push_resend_users_at_limit';

describe('in memory', () => {
  let now = 1000;
  const users = new MemoryUsersAtLimit(() => now);

  test('counts each user once, until the wait is over', async () => {
    await users.add('user-limit', 'ann', 500);
    await users.add('user-limit', 'ann', 2000);
    await users.add('user-limit', 'bob', 1000);
    await users.add('blocked', 'bob', 1000);
    expect(await users.count('user-limit')).toBe(2);
    now += 1000;
    expect(await users.count('user-limit')).toBe(1);
    await users.remove('user-limit', 'ann');
    expect(await users.count('user-limit')).toBe(0);
    expect(await users.count('challenge-limit')).toBe(0);
  });

  test('holds a bounded number, and makes room for new ones where waits are over', async () => {
    for (let user = 0; user < 10_001; user++) await users.add('blocked', `user-${user}`, 1000);
    expect(await users.count('blocked')).toBe(10_000);
    now += 1000;
    await users.add('blocked', 'ann', 1000);
    expect(await users.count('blocked')).toBe(1);
  });
});

describe('in Redis', () => {
  const { redis, keyPrefix, keys } = ownCorner();
  const [here, there] = [new RedisUsersAtLimit(redis, keyPrefix), new RedisUsersAtLimit(redis, keyPrefix)];
  afterAll(() => redis.disconnect());

  test('counts each user once over all instances, and keeps nothing without an end', async () => {
    await here.add('user-limit', 'ann', HOUR);
    await there.add('user-limit', 'ann', HOUR / 2);
    await there.add('user-limit', 'bob', 1000);
    expect(await here.count('user-limit')).toBe(2);
    expect(await there.count('held-after-denial')).toBe(0);
    const [key = ''] = await keys();
    expect(await keys()).toHaveLength(1);
    expect(await redis.pttl(key)).toBeGreaterThan(HOUR - 10_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(HOUR);
    await there.remove('user-limit', 'ann');
    expect(await here.count('user-limit')).toBe(1);
  });

  test('does not count whose wait is over, and clears them away with the next', async () => {
    await here.add('blocked', 'ann', HOUR);
    const key = `${keyPrefix}at-limit:blocked`;
    await redis.zadd(key, '1', 'of-long-ago');
    await there.add('blocked', 'bob', HOUR);
    expect((await redis.zrange(key, '0', '-1')).toSorted()).toEqual(['ann', 'bob']);
  });

  test('a scrape alone clears away whose wait is over', async () => {
    await here.add('challenge-limit', 'ann', HOUR);
    const key = `${keyPrefix}at-limit:challenge-limit`;
    await redis.zadd(key, '1', 'of-long-ago');
    expect(await there.count('challenge-limit')).toBe(1);
    expect(await redis.zrange(key, '0', '-1')).toEqual(['ann']);
  });
});

describe('with instances that share a Redis', () => {
  const corner = ownCorner();
  let rigs: Rig[] = [];
  beforeAll(async () => {
    const environment = {
      REDIS_URL: `redis://${corner.redis.options.host}:${corner.redis.options.port}`,
      REDIS_KEY_PREFIX: corner.keyPrefix,
      RESEND_USER_LIMITS: '1/24h',
    };
    rigs = await Promise.all([startRig(environment), startRig(environment)]);
  });
  afterAll(async () => {
    await Promise.all(rigs.map((rig) => rig.close()));
    corner.redis.disconnect();
  });

  test('both tell the same number, whichever said no, and an approval takes the user off', async () => {
    const [one, other] = rigs;
    if (!one || !other) throw new Error('two were started');
    const atLimit = async () => {
      const scraped = await Promise.all([one, other].map(scrape));
      return scraped.map((exposition) => exposition.value(gauge, { limit: 'user-limit' }));
    };
    expect(await atLimit()).toEqual([0, 0]);

    const [ann, bob] = [await one.login(), await other.login()];
    for (const screen of [ann, bob]) {
      await screen.tap().expect(201);
      await expect.poll(async () => (await screen.tap()).body.code).toBe('user-limit');
    }
    await expect.poll(atLimit).toEqual([2, 2]);

    await ann.respond('approved');
    await expect.poll(async () => (await ann.look()).body.challenge.status).toBe('approved');
    await expect.poll(atLimit).toEqual([1, 1]);
    expect((await scrape(one)).text).not.toContain(bob.identity);
    expect(await corner.redis.zrange(`${corner.keyPrefix}at-limit:user-limit`, '0', '-1')).not.toContain(bob.identity);
  });
});

test('where Redis is gone it is not known, and the rest of the scrape is', async () => {
  const binary = serverOnPath();
  if (binary === undefined) throw new Error('this test stops a Redis of its own: put redis-server on PATH');
  const server = await startServer(binary, []);
  const rig = await startRig({ REDIS_URL: server.url });
  try {
    expect((await scrape(rig)).value(gauge, { limit: 'blocked' })).toBe(0);
    await server.stop();
    await expect.poll(async () => (await rig.ops.get('/readyz')).status).toBe(503);
    const exposition = await scrape(rig);
    expect(exposition.value(gauge, { limit: 'blocked' })).toBeNaN();
    expect(exposition.value('push_resend_paused')).toBeNaN();
    expect(exposition.value('push_resend_ready', { part: 'ledger' })).toBe(0);
    expect(exposition.value('push_resend_users_at_limit_errors_total')).toBe(4);
  } finally {
    await rig.close();
    await server.stop();
  }
});

test('a user who could not be written down is counted and logged, and nobody else hears of it', async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const metrics = createMetrics();
  const broken: UsersAtLimit = {
    add: () => Promise.reject(new Error('no')),
    remove: () => Promise.reject(new Error('no')),
    count: () => Promise.reject(new Error('no')),
  };
  const observer = new OutcomeMetrics(metrics, broken, log);
  const standing: Standing = { next: { code: 'user-limit' }, resends: { used: 0, limit: 2 }, windows: [] };
  const answer = { kind: 'refused', code: 'user-limit', waitMs: 1000, standing } as const;
  const command = { id: 'r', challengeSid: 'YC' };
  observer.ledgerCalled({ operation: 'reserve', user: 'ann', command, answer, durationMs: 1 });
  await expect.poll(() => lines.length).toBe(1);
  expect(lines.join()).toContain('"event":"users-at-limit.unwritten"');
  expect(new Exposition(await metrics.registry.metrics()).value('push_resend_users_at_limit_errors_total')).toBe(1);
});

describe('in the story', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ RESEND_MAX_PER_CHALLENGE: '1' });
  });
  afterAll(() => rig.close());
  const at = async (limit: string) => (await scrape(rig)).value(gauge, { limit });

  test('a Challenge that is used up holds its user until it is over', async () => {
    const screen = await rig.login({ expiresInSeconds: 100 });
    await screen.tap().expect(201);
    rig.wait(10);
    expect((await screen.tap().expect(429)).body.code).toBe('challenge-limit');
    expect(await at('challenge-limit')).toBe(1);
    rig.wait(85);
    expect(await at('challenge-limit')).toBe(1);
    rig.wait(5);
    expect(await at('challenge-limit')).toBe(0);
  });

  test('a hold after a denial counts from the first press that it refuses, to its end', async () => {
    const denied = await rig.login();
    await denied.respond('denied');
    await denied.look().expect(200);
    expect(await at('held-after-denial')).toBe(0);
    rig.wait(100);
    const next = await rig.login({ identity: denied.identity });
    expect((await next.tap().expect(429)).body.code).toBe('held-after-denial');
    expect(await at('held-after-denial')).toBe(1);
    rig.wait(499);
    expect(await at('held-after-denial')).toBe(1);
    rig.wait(1);
    expect(await at('held-after-denial')).toBe(0);
  });
});
