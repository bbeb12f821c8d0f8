import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { mustBeSafe, openRedis } from '../../apps/resend/src/wiring/redis-start.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { Readiness } from '@nest/lifecycle/readiness.js';
import { redisOf } from '@nest/parts/redis.js';
import { settingsWith } from './connected.js';
import { freePort } from '../support/free-port.js';
import { Started, until } from './own-servers.js';

const started = new Started();
afterEach(() => started.stopAll());

const SAFE = ['--appendonly', 'yes'];

/** What production makes of a Redis, at its start and when it is asked whether it is ready. */
async function judge(url: string, environment: Record<string, string> = {}, onWrongServer?: () => void) {
  const settings = settingsWith({ NODE_ENV: 'production', REDIS_URL: url, ...environment });
  const redis = redisFrom(settings);
  if (!redis) throw new Error('the settings name no Redis');
  started.add(() => redis.ledger.disconnect());
  started.add(() => redis.sessions.disconnect());
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const starts = await openRedis(redis, settings, log, onWrongServer);
  const isPersistenceTrusted = settings.redisPersistence === 'trusted';
  const options = { mustBeSafe: mustBeSafe(settings), isPersistenceTrusted };
  const readiness = new Readiness(redis, new Drain(), log, options);
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

  test('with REDIS_PERSISTENCE=trusted takes your word for persistence alone', async () => {
    const trusted = { REDIS_PERSISTENCE: 'trusted' };
    const quiet = await started.server();
    expect(await judge(quiet.url, trusted)).toMatchObject({ starts: true, isReady: true, logged: '' });
    await quiet.admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const refused = await judge(quiet.url, trusted);
    expect(refused).toMatchObject({ starts: false, isReady: false });
    expect(refused.logged).toContain('"dangers":["maxmemory-policy is allkeys-lru, not noeviction"]');
    const replica = await started.server('--replicaof', '127.0.0.1 1');
    expect((await judge(replica.url, trusted)).logged).toContain('"dangers":["the role is slave, not master"]');
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

describe('what is not a single server', () => {
  test.each([
    ['a node of a Cluster', [...SAFE, '--cluster-enabled', 'yes'], 'set REDIS_CLUSTER_NODES instead'],
    ['a sentinel', ['--sentinel'], 'set REDIS_SENTINELS instead'],
  ])('%s in REDIS_URL never starts, in production or elsewhere', async (_, [...options], advice) => {
    const port = await freePort();
    await spawned(port, options);
    for (const NODE_ENV of ['production', 'development']) {
      const { starts, logged } = await judge(`redis://127.0.0.1:${port}`, { NODE_ENV });
      expect(starts).toBe(false);
      expect(logged).toContain('"event":"redis.wrong-server"');
      expect(logged).toContain(advice);
    }
  });

  test('ends the service, too, when it is reached only later', async () => {
    const port = await freePort();
    const onWrongServer = vi.fn();
    expect(await judge(`redis://127.0.0.1:${port}`, {}, onWrongServer)).toMatchObject({ starts: true, isReady: false });
    expect(onWrongServer).not.toHaveBeenCalled();
    await spawned(port, ['--cluster-enabled', 'yes']);
    await until('it ends', () => onWrongServer.mock.calls.length > 0);
  });

  test('as SESSION_STORE_REDIS_URL never starts', async () => {
    const port = await freePort();
    await spawned(port, ['--cluster-enabled', 'yes']);
    const { url } = await started.server(...SAFE);
    const { starts, logged } = await judge(url, {
      SESSION_STRATEGY: 'express-session',
      SESSION_COOKIE_SECRETS: 'a secret of the tests alone',
      SESSION_STORE_REDIS_URL: `redis://127.0.0.1:${port}`,
    });
    expect(starts).toBe(false);
    expect(logged).toContain('SESSION_STORE_REDIS_URL points to a node of a Redis Cluster');
  });

  test('stops a module whose host has a client for a single server', async () => {
    const port = await freePort();
    await spawned(port, ['--cluster-enabled', 'yes']);
    const options = { redis: started.client({ port }), redisCommandTimeoutMs: 2000, refusesUnsafeRedis: undefined };
    const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    await expect(redisOf(options as never, log)).rejects.toThrow(
      'redis: points to a node of a Redis Cluster; pass a Cluster',
    );
  });

  async function spawned(port: number, options: readonly string[]): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'push-resend-wrong-server-'));
    started.add(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'redis.conf');
    writeFileSync(file, `port ${port}\ncluster-port ${await freePort()}\nbind 127.0.0.1\ndir ${directory}\n`);
    started.spawned(file, ...options);
    const client = started.client({ port, enableReadyCheck: false });
    await until('it answers', async () => (await client.ping()) === 'PONG');
  }
});

test('elsewhere any Redis will do', async () => {
  const { url } = await started.server('--maxmemory-policy', 'allkeys-lru');
  expect(await judge(url, { NODE_ENV: 'development' })).toMatchObject({ starts: true, isReady: true, logged: '' });
});
