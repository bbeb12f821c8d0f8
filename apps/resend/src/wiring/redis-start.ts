import type { Logger } from 'pino';
import { watchRedis } from '@nest/lifecycle/redis-watch.js';
import { open } from '@redis/connection.js';
import { dangersOf } from '@redis/dangers.js';
import type { Settings } from '@settings/settings.js';
import type { RedisConnections } from './redis-from.js';

/** Whether to refuse an unsafe Redis (see `dangersOf`): in production, unless REDIS_ALLOW_UNSAFE is set. */
export function mustBeSafe({ nodeEnv, redisAllowUnsafe }: Settings): boolean {
  return nodeEnv === 'production' && !redisAllowUnsafe;
}

/**
 * Opens the connections and checks Redis once. If Redis can not be reached, the service still starts: it is not ready,
 * refuses every tap, and keeps reconnecting.
 * @returns false if production must not start with this Redis; the reason has been logged
 */
export async function openRedis(redis: RedisConnections, settings: Settings, log: Logger): Promise<boolean> {
  watchRedis(redis, log);
  // `watchRedis` logs the errors, and ioredis keeps reconnecting.
  await Promise.all([redis.ledger, redis.sessions].map((connection) => open(connection).catch(() => undefined)));
  if (settings.nodeEnv !== 'production') return true;
  const dangers = await dangersOf(redis.ledger).catch(() => []);
  if (dangers.length === 0) return true;
  if (mustBeSafe(settings)) {
    log.fatal(
      { event: 'redis.unsafe', dangers },
      'not starting: this Redis may lose resends; correct `dangers`, or set REDIS_ALLOW_UNSAFE=true',
    );
    return false;
  }
  log.warn({ event: 'redis.unsafe', dangers }, 'this Redis may lose resends; started because of REDIS_ALLOW_UNSAFE');
  return true;
}
