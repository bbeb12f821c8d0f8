import { Cluster, Redis } from 'ioredis';
import { connectLike } from '@redis/connect-like.js';
import { open } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import { wrongServerOf } from '@redis/wrong-server.js';
import type { Log } from '@telemetry/log.js';
import { watchRedis } from '../lifecycle/redis-watch.js';
import { PushResendOptionsError } from '../options.js';
import type { CompletedOptions } from './completed-options.js';

/**
 * The Redis connections to use: those that the host made with `connectLedger` and `connectSessions`, or duplicates of
 * its client with safe settings. Duplicates are opened here, within 3 s. If Redis does not answer, the module still
 * starts; it refuses requests and keeps reconnecting.
 * @throws PushResendOptionsError for a client of a single server that leads to a node of a Cluster or to a sentinel
 */
export async function redisOf(
  { redis, redisCommandTimeoutMs, refusesUnsafeRedis }: CompletedOptions,
  log: Log,
): Promise<(RedisConnections & { readonly close: () => void }) | undefined> {
  if (redis === 'memory') return undefined;
  if (!(redis instanceof Redis || redis instanceof Cluster)) return { ...redis, close: () => {} };
  const copies = connectLike(redis, { commandTimeoutMs: redisCommandTimeoutMs });
  watchRedis(copies, log);
  const all = [copies.ledger, copies.sessions];
  // `watchRedis` logs the errors.
  await Promise.all(all.map((connection) => open(connection).catch(() => undefined)));
  const close = () => all.forEach((connection) => connection.disconnect());
  const wrongServer = refusesUnsafeRedis === false ? undefined : await wrongServerOf(copies.ledger);
  if (wrongServer) {
    close();
    throw new PushResendOptionsError([
      `redis: points to ${wrongServer}; pass ${wrongServer === 'a sentinel' ? 'a Redis with `sentinels` and `name`' : 'a Cluster'} of ioredis`,
    ]);
  }
  return { ...copies, close };
}
