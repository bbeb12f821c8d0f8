import type { Logger } from 'pino';
import { open } from '@redis/connection.js';
import { dangersOf } from '@redis/dangers.js';
import type { Settings } from '@settings/settings.js';
import type { RedisConnections } from './redis-from.js';

/** Production refuses a Redis that may forget resends, or takes no writes. */
export function mustBeSafe({ nodeEnv, redisAllowUnsafe }: Settings): boolean {
  return nodeEnv === 'production' && redisAllowUnsafe !== 'true';
}

/**
 * Opens the connections and looks at Redis once. Where it can not be reached the service starts all the same: it is
 * not ready, refuses every tap, and goes on trying.
 * @returns false when production must not start with this Redis; why has been logged
 */
export async function openRedis(redis: RedisConnections, settings: Settings, log: Logger): Promise<boolean> {
  const opening = [redis.ledger, redis.sessions].map(async (connection) => {
    connection.on('error', (err) => log.error({ event: 'redis.error', err }, 'trouble with the connection to Redis'));
    await open(connection).catch(() => undefined); // told by 'error'
  });
  await Promise.all(opening);
  if (settings.nodeEnv !== 'production') return true;
  const dangers = await dangersOf(redis.ledger).catch(() => []);
  if (dangers.length === 0) return true;
  if (mustBeSafe(settings)) {
    log.fatal({ event: 'redis.unsafe', dangers }, 'this Redis may forget resends: production does not start with it');
    return false;
  }
  log.warn({ event: 'redis.unsafe', dangers }, 'THIS REDIS MAY FORGET RESENDS, and REDIS_ALLOW_UNSAFE allows it');
  return true;
}
