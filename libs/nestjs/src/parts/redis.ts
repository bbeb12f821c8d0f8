import { Cluster, Redis } from 'ioredis';
import { connectLike } from '@redis/connect-like.js';
import { open } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import type { Log } from '@telemetry/log.js';
import { watchRedis } from '../lifecycle/redis-watch.js';
import type { CheckedOptions } from './checked-options.js';

/**
 * The Redis connections to use: those that the host made with `connectLedger` and `connectSessions`, or duplicates of
 * its client with safe settings. Duplicates are opened here, within 3 s. If Redis does not answer, the module still
 * starts; it refuses requests and keeps reconnecting.
 */
export async function redisOf(
  { redis, redisCommandTimeoutMs }: CheckedOptions,
  log: Log,
): Promise<(RedisConnections & { readonly close: () => void }) | undefined> {
  if (redis === 'memory') return undefined;
  if (!(redis instanceof Redis || redis instanceof Cluster)) return { ...redis, close: () => {} };
  const copies = connectLike(redis, { commandTimeoutMs: redisCommandTimeoutMs });
  watchRedis(copies, log);
  const all = [copies.ledger, copies.sessions];
  // `watchRedis` logs the errors.
  await Promise.all(all.map((connection) => open(connection).catch(() => undefined)));
  return { ...copies, close: () => all.forEach((connection) => connection.disconnect()) };
}
