import 'reflect-metadata';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { mustBeSafe, openRedis } from '../../apps/resend/src/wiring/redis-start.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { Readiness } from '@nest/lifecycle/readiness.js';
import { settingsWith } from './connected.js';
import { freePort } from '../support/free-port.js';
import { Started } from './own-servers.js';

const started = new Started();
afterEach(() => started.stopAll());

const SAFE = ['--appendonly', 'yes'];

/** What production makes of a Redis, at its start and when it is asked whether it is ready. */
async function judge(url: string, environment: Record<string, string> = {}) {
  const settings = settingsWith({ NODE_ENV: 'production', REDIS_URL: url, ...environment });
  const redis = redisFrom(settings);
  if (!redis) throw new Error('the settings name no Redis');
  started.add(() => redis.ledger.disconnect());
  started.add(() => redis.sessions.disconnect());
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const starts = await openRedis(redis, settings, log);
  const readiness = new Readiness(redis, new Drain(), log, { mustBeSafe: mustBeSafe(settings) });
  return { starts, isReady: await readiness.isLedgerReady(), logged, readiness };
}

describe('production', () => {
  test('starts with a primary that evicts nothing and has an append-only file', async () => {
    const { url } = await started.server(...SAFE);
    expect(await judge(url)).toMatchObject({ starts: true, isReady: true, logged: '' });
  });

  test('starts with save points instead', async () => {
    const { url } = await started.server('--save', '60 1');
    expect(await judge(url)).toMatchObject({ starts: true, isReady: true });
  });

  test.each([
    ['an evicting policy', [...SAFE, '--maxmemory-policy', 'allkeys-lru'], 'maxmemory-policy is allkeys-lru'],
    ['no persistence', [], 'no persistence'],
    ['a replica', [...SAFE, '--replicaof', '127.0.0.1 1'], 'role is slave'],
  ])('refuses %s, and is allowed to put up with it', async (_, options, reason) => {
    const { url } = await started.server(...options);
    const refused = await judge(url);
    expect(refused).toMatchObject({ starts: false, isReady: false });
    expect(refused.logged).toContain(reason);

    const allowed = await judge(url, { REDIS_ALLOW_UNSAFE: 'true' });
    expect(allowed).toMatchObject({ starts: true, isReady: true });
    expect(allowed.logged).toContain(reason);
  });

  test('is not ready any more when an operator changes the policy, and ready when it is changed back', async () => {
    const { url, admin } = await started.server(...SAFE);
    const { readiness } = await judge(url);
    await admin.config('SET', 'maxmemory-policy', 'volatile-lru');
    expect(await readiness.isLedgerReady()).toBe(false);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await readiness.isLedgerReady()).toBe(true);
  });

  test.each([
    ['a server', 'REDIS_URL'],
    ['any sentinel', 'REDIS_SENTINELS'],
    ['any node of a Cluster', 'REDIS_CLUSTER_NODES'],
  ])(
    'starts without an answer from %s, and is not ready',
    async (_, variable) => {
      const address = `127.0.0.1:${await freePort()}`;
      const place = { REDIS_URL: '', [variable]: variable === 'REDIS_URL' ? `redis://${address}` : address };
      expect(await judge('', place)).toMatchObject({ starts: true, isReady: false });
    },
    20_000,
  );
});

test('elsewhere any Redis will do', async () => {
  const { url } = await started.server('--maxmemory-policy', 'allkeys-lru');
  expect(await judge(url, { NODE_ENV: 'development' })).toMatchObject({ starts: true, isReady: true, logged: '' });
});
