/** A Cluster that can not be used: every call is answered by its deadline, and the log has the reason as the node gave it. */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { watchRedis } from '@nest/lifecycle/redis-watch.js';
import { open } from '@redis/connection.js';
import { createLogger } from '@telemetry/logger.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { certificateFiles } from './certificate-files.js';
import { startOneShard } from './cluster-set.js';
import { settingsWith } from './connected.js';
import { freePort } from '../support/free-port.js';
import { Started, until } from './own-servers.js';

const started = new Started();
afterEach(() => started.stopAll());

/** Everything is done on one Cluster of one node. */
const lasting = new Started();
let shard: Awaited<ReturnType<typeof startOneShard>>;
let overTls: Record<string, string>;
beforeAll(async () => {
  const { cert, key, directory } = certificateFiles();
  lasting.add(() => rmSync(directory, { recursive: true, force: true }));
  const tlsPort = String(await freePort());
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
  shard = await startOneShard(lasting, '--tls-port', tlsPort, ...files, '--tls-auth-clients', 'no');
  overTls = { REDIS_CLUSTER_NODES: `127.0.0.1:${tlsPort}`, REDIS_TLS: 'true', REDIS_CA_FILE: cert };
});
afterAll(() => lasting.stopAll());

interface Line {
  readonly event: string;
  readonly connection: string;
  readonly node?: string;
  readonly err?: { readonly message: string };
}

/** The service's own connections, as it opens and watches them. */
async function watched(environment: Record<string, string>) {
  const redis = redisFrom(settingsWith(environment));
  if (!redis) throw new Error('the settings name no Redis');
  const lines: Line[] = [];
  watchRedis(redis, createLogger('debug', { write: (line: string) => void lines.push(JSON.parse(line) as Line) }));
  for (const connection of [redis.ledger, redis.sessions]) {
    started.add(() => connection.disconnect());
    void open(connection).catch(() => undefined);
  }
  const reasons = () => lines.filter(({ event }) => event === 'redis.error').map(({ err }) => err?.message ?? '');
  return { ...redis, lines, reasons };
}

/** How long a session call takes that can not be answered, in milliseconds. */
async function failedAfter(call: Promise<unknown>): Promise<number> {
  const askedAt = performance.now();
  await expect(call).rejects.toThrow();
  return performance.now() - askedAt;
}

/** Has the Cluster tell its nodes' addresses in another way, for one test. */
async function endpoints(kind: string): Promise<Record<string, string>> {
  await shard.admin.config('SET', 'cluster-preferred-endpoint-type', kind);
  started.add(() => shard.admin.config('SET', 'cluster-preferred-endpoint-type', 'ip'));
  return shard.environment;
}

test.each<[string, string, () => Promise<Record<string, string>>]>([
  ['is gone', 'connect ECONNREFUSED', async () => ({ REDIS_CLUSTER_NODES: `127.0.0.1:${await freePort()}` })],
  [
    'has another password',
    'WRONGPASS invalid username-password pair or user is disabled.',
    async () => ({ ...shard.environment, REDIS_USERNAME: 'somebody', REDIS_PASSWORD: 'a-bad-one' }),
  ],
  [
    'speaks no TLS',
    'Client network socket disconnected before secure TLS connection was established',
    async () => ({ ...shard.environment, REDIS_TLS: 'true' }),
  ],
  ['tells no endpoints', 'the Cluster does not announce its node addresses', () => endpoints('unknown-endpoint')],
  ['has no host names to tell', 'getaddrinfo ENOTFOUND ?', () => endpoints('hostname')],
])('a Cluster that %s answers sessions in time, and the log says why', async (_, reason, spoilt) => {
  const { sessions, reasons, lines } = await watched(await spoilt());
  await until('it is told', () => reasons().some((one) => one.includes(reason)));
  const times = [await failedAfter(sessions.get('any')), await failedAfter(sessions.get('any'))];
  expect(Math.max(...times)).toBeLessThan(1500);
  expect(lines.length).toBeLessThanOrEqual(8); // of each connection and node one, however often it is tried
  expect(JSON.stringify(lines)).not.toContain('a-bad-one');
});

test('an apostrophe does not cut the reason: a certificate of another host', async () => {
  const { reasons } = await watched({ ...overTls, REDIS_TLS_SERVERNAME: 'redis.example.com' });
  const reason = "Hostname/IP does not match certificate's altnames: Host: redis.example.com. is not cert's CN: ";
  await until('it is told', () => reasons().some((one) => one.startsWith(reason)));
});

test('a Cluster that comes back is told once, and so is one that was there from the first', async () => {
  const { lines, sessions } = await watched(shard.environment);
  await until('it answers', async () => (await sessions.get('any')) === null);
  expect(lines).toEqual([]);
  await shard.admin.config('SET', 'requirepass', 'for-a-while');
  started.add(() => shard.admin.config('SET', 'requirepass', ''));
  await shard.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until('it is told', () => lines.some(({ err }) => err?.message.startsWith('NOAUTH')));
  await shard.admin.config('SET', 'requirepass', '');
  await until('it answers', async () => (await sessions.get('any')) === null);
  await until('that is told', () => lines.filter(({ event, node }) => event === 'redis.back' && !node).length === 2);
});
