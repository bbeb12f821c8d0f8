/** What readiness says of a Redis that takes no writes, and of instances on one Redis that do not have the same settings. */
import { afterEach, describe, expect, test } from 'vitest';
import { Fingerprint } from '@ledger/fingerprint.js';
import { Refusal } from '@resend/refusals.js';
import { connectLedger, type RedisConnection } from '@redis/connection.js';
import { scrape } from '../ops/exposition.js';
import { type Rig, startRig } from '../support/rig.js';
import { startOneShard } from './cluster-set.js';
import { connected } from './connected.js';
import { HURRIED } from './pressing.js';
import { type OwnServer, Started, until } from './own-servers.js';

const started = new Started();
afterEach(() => started.stopAll());

const SECRET = 'a secret that only the tests of this service have';

async function instance({ url }: OwnServer, environment: Record<string, string> = {}): Promise<Rig> {
  const rig = await startRig({ REDIS_URL: url, ...environment });
  started.add(() => rig.close());
  return rig;
}

const linesOf = (rig: Rig, event: string) =>
  rig
    .logged()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map(
      (line) => JSON.parse(line) as { level: string; msg: string; differences?: string[]; err?: { message: string } },
    );

const isReady = async (rig: Rig) => (await rig.ops.get('/readyz')).status === 200;
const differs = async (rig: Rig, what: string) => (await scrape(rig)).value('push_resend_instances_differ', { what });

describe('a Redis that takes no writes', () => {
  test.each([
    ['a full memory', 'maxmemory', '1', '0', "OOM command not allowed when used memory > 'maxmemory'"],
    ['too few replicas', 'min-replicas-to-write', '1', '0', 'NOREPLICAS Not enough good replicas to write.'],
  ])(
    'because of %s is not ready; metric and log say so, with its own reason, until it does',
    async (_, name, bad, good, reason) => {
      const server = await started.server();
      const rig = await instance(server);
      expect(await isReady(rig)).toBe(true);
      await server.admin.config('SET', name, bad);
      await expect.poll(() => isReady(rig)).toBe(false);
      expect((await scrape(rig)).value('push_resend_ready', { part: 'ledger' })).toBe(0);
      const [line, ...more] = linesOf(rig, 'redis.unwritable');
      expect(line).toMatchObject({ level: 'error', err: { message: expect.stringContaining(reason) } });
      expect(more).toEqual([]);
      await server.admin.config('SET', name, good);
      await expect.poll(() => isReady(rig)).toBe(true);
      expect(linesOf(rig, 'redis.writable')).toHaveLength(1);
    },
  );
});

describe('instances on one Redis', () => {
  test('whose hash secrets differ by one character notice: the later one is not ready, and says why', async () => {
    const server = await started.server();
    const first = await instance(server);
    await until('it has written down its own', async () => (await server.admin.keys('*fingerprint*')).length === 3);
    const second = await instance(server, { IDENTITY_HASH_SECRET: `${SECRET}.` });
    expect([await isReady(first), await isReady(second)]).toEqual([true, false]);
    expect(await differs(second, 'hash-secret')).toBe(1);
    expect(await differs(first, 'hash-secret')).toBe(0);
    const [line] = linesOf(second, 'instances.differ');
    expect(line).toMatchObject({ level: 'error', differences: ['hash-secret'] });
    expect(line?.msg).toContain('IDENTITY_HASH_SECRET');
    const kept = await Promise.all((await server.admin.keys('*')).map((key) => server.admin.get(key)));
    expect(`${kept.join()} ${first.logged()} ${second.logged()}`).not.toContain(SECRET);
  });

  test('whose limits differ warn and stay ready, and agree again when the old ones are gone', async () => {
    const server = await started.server();
    const old = await instance(server);
    expect(await isReady(old)).toBe(true);
    const next = await instance(server, { RESEND_COOLDOWN_SECONDS: '45' });
    expect([await isReady(old), await isReady(next)]).toEqual([true, true]);
    expect(linesOf(next, 'instances.differ')).toMatchObject([{ level: 'warn', differences: ['policy'] }]);
    expect(await differs(next, 'policy')).toBe(1);
    await server.admin.del('push-resend:{fingerprint:0}:policy'); // as it expires a minute after the old ones are gone
    await until('they agree', async () => (await differs(next, 'policy')) === 0);
    expect(linesOf(next, 'instances.agree')).toHaveLength(1);
  });

  test('with prefixes of their own do not meet', async () => {
    const server = await started.server();
    expect(await isReady(await instance(server))).toBe(true);
    const other = { REDIS_KEY_PREFIX: 'other:', IDENTITY_HASH_SECRET: `${SECRET} of another service` };
    expect(await isReady(await instance(server, other))).toBe(true);
  });
});

describe('the fingerprint', () => {
  function fingerprint(redis: RedisConnection, hashSecret: string, isPaused = async () => false) {
    return new Fingerprint(redis, { keyPrefix: 'push-resend:', hashSecret, policy: HURRIED, isPaused });
  }

  async function connection(server: OwnServer) {
    const redis = connectLedger(server.url, { commandTimeoutMs: 2000 });
    started.add(() => redis.disconnect());
    await redis.connect();
    return redis;
  }

  test('is forgotten with its last instance, and the next one may have another secret', async () => {
    const server = await started.server();
    const redis = await connection(server);
    expect(await fingerprint(redis, 'old').differences()).toEqual([]);
    const ttl = await server.admin.pttl('push-resend:{fingerprint:0}:hash-secret');
    expect(ttl).toBeGreaterThan(30_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
    const next = fingerprint(redis, 'new');
    expect(await next.differences()).toEqual(['hash-secret']);
    await server.admin.del('push-resend:{fingerprint:0}:hash-secret');
    expect(await next.differences()).toEqual(['hash-secret']); // once more, in case it was a flush
    expect(await next.differences()).toEqual([]);
  });

  test('survives a flush: those who were first are first again', async () => {
    const server = await started.server();
    const redis = await connection(server);
    const [right, wrong] = [fingerprint(redis, 'right'), fingerprint(redis, 'wrong')];
    await right.differences();
    expect(await wrong.differences()).toEqual(['hash-secret']);
    await server.admin.flushall();
    expect(await wrong.differences()).toEqual(['hash-secret']);
    expect(await right.differences()).toEqual([]);
    expect(await wrong.differences()).toEqual(['hash-secret']);
  });

  test('lets a new secret in while resends are paused, on both sides', async () => {
    const redis = await connection(await started.server());
    let paused = true;
    const isPaused = async () => paused;
    const [old, next] = [fingerprint(redis, 'old', isPaused), fingerprint(redis, 'new', isPaused)];
    for (const one of [old, next, old, next]) expect(await one.differences()).toEqual([]);
    paused = false;
    expect(await next.differences()).toEqual([]);
    expect(await old.differences()).toEqual(['hash-secret']);
  });

  test('is on every shard of an ordinary Cluster, and a part of it is enough', async () => {
    const cluster = await startOneShard(started);
    const { ledger } = await connected(started, { ...cluster.environment, REDIS_COMMAND_TIMEOUT_MS: '2000' });
    const of = (secret: string) => fingerprint(ledger, secret);
    expect(await of('first').differences()).toEqual([]);
    const kept = await cluster.admin.keys('*:hash-secret');
    const slots = await Promise.all(kept.map((key) => cluster.admin.cluster('KEYSLOT', key)));
    const shards = slots.map((slot) => Math.floor(slot / (16_384 / 3)));
    expect(new Set(shards)).toEqual(new Set([0, 1, 2]));
    await cluster.admin.del('push-resend:{fingerprint:0}:hash-secret');
    expect(await of('second').differences()).toEqual(['hash-secret']);
    expect(await of('first').differences()).toEqual([]);
    await cluster.admin.config('SET', 'min-replicas-to-write', '1');
    await expect(of('first').differences()).rejects.toThrow('NOREPLICAS');
  });

  test('lets nothing in while the pause can not be read', async () => {
    const redis = await connection(await started.server());
    await fingerprint(redis, 'old').differences();
    const broken = async () => Promise.reject(new Refusal('ledger-unavailable', { waitMs: 1000 }));
    expect(await fingerprint(redis, 'new', broken).differences()).toEqual(['hash-secret']);
  });
});
