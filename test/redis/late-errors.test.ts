/** A TLS connection that is closed while it refuses the server's certificate has two errors; none may end the process. */
import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster, type Redis } from 'ioredis';
import { connectLedger, connectSessions, type RedisConnection } from '@redis/connection.js';
import type { RedisEndpoint } from '@redis/endpoint.js';
import { subscriberLike } from '@redis/subscriber.js';
import { endpointFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { freePort } from '../support/free-port.js';
import { certificateFiles } from './certificate-files.js';
import { startOneShard } from './cluster-set.js';
import { settingsWith } from './connected.js';
import { Started, until } from './own-servers.js';

const started = new Started();
let ofOneServer: RedisEndpoint;
let ofCluster: RedisEndpoint;
beforeAll(async () => {
  const { cert, key, directory } = certificateFiles();
  started.add(() => rmSync(directory, { recursive: true, force: true }));
  const port = await freePort();
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
  await startOneShard(started, '--tls-port', String(port), ...files, '--tls-auth-clients', 'no');
  const named = (environment: Record<string, string>): RedisEndpoint => {
    const settings = settingsWith({ ...environment, REDIS_CA_FILE: cert, REDIS_TLS_SERVERNAME: 'redis.example.com' });
    const place = endpointFrom(settings);
    if (!place) throw new Error('the settings name no Redis');
    return place;
  };
  ofOneServer = named({ REDIS_URL: `rediss://127.0.0.1:${port}` });
  ofCluster = named({ REDIS_CLUSTER_NODES: `127.0.0.1:${port}`, REDIS_TLS: 'true' });
});
afterAll(() => started.stopAll());

const options = { commandTimeoutMs: 1000 };

test.each<[string, () => RedisConnection]>([
  ['for the ledger', () => connectLedger(ofOneServer, options)],
  ['for sessions', () => connectSessions(ofOneServer, options)],
  ['for subscriptions', () => subscriberLike(connectLedger(ofOneServer, options))],
  ['to a Cluster', () => connectLedger(ofCluster, options)],
])('both errors of a connection %s are heard', async (_, connection) => {
  const errors: { readonly message: string; readonly isHeard: boolean }[] = [];
  // Whether the server still answers the closed connection is a race, so it is run until it was seen.
  await until('two errors of one connection', async () => {
    const redis = connection().on('error', () => undefined);
    void redis.connect().catch(() => undefined);
    const stream = await streamOf(redis);
    const emit = stream.emit.bind(stream);
    stream.emit = (event: string, ...values: unknown[]) => {
      const isHeard = stream.listenerCount('error') > 0;
      if (event === 'error') errors.push({ message: (values[0] as Error).message, isHeard });
      return (event === 'error' && !isHeard) || emit(event, ...values);
    };
    const closed = new Promise((resolve) => stream.once('close', resolve));
    if (stream.connecting) stream.once('connect', () => redis.disconnect());
    else redis.disconnect();
    await closed;
    return errors.some(({ message }) => message.includes('alert decode error'));
  });
  expect(errors.filter(({ isHeard }) => !isHeard)).toEqual([]);
  expect(errors[0]?.message).toContain("Hostname/IP does not match certificate's altnames");
});

/** The socket that the connection has begun to open. */
async function streamOf(redis: RedisConnection): Promise<Redis['stream']> {
  for (;;) {
    const node = redis instanceof Cluster ? redis.nodes()[0] : redis;
    if (node?.stream) return node.stream;
    await setImmediate();
  }
}
