import type { Logger } from 'pino';
import { open } from '@redis/connection.js';
import { dangersOf } from '@redis/dangers.js';
import type { Settings } from '@settings/settings.js';
import type { RedisConnections } from './redis-from.js';

/** Whether a Redis that may lose resends or takes no writes must be refused: in production, unless REDIS_ALLOW_UNSAFE. */
export function mustBeSafe({ nodeEnv, redisAllowUnsafe }: Settings): boolean {
  return nodeEnv === 'production' && !redisAllowUnsafe;
}

/**
 * Opens the connections and checks Redis once. A Redis that can not be reached does not stop the start: the service is
 * then not ready, refuses every tap, and keeps reconnecting.
 * @returns false when production must not start with this Redis; the reason has been logged
 */
export async function openRedis(redis: RedisConnections, settings: Settings, log: Logger): Promise<boolean> {
  const opening = [redis.ledger, redis.sessions].map(async (connection) => {
    connection.on('error', (err) => log.error({ event: 'redis.error', err }, 'Redis connection failed, reconnecting'));
    await open(connection).catch(() => undefined); // logged by 'error'
  });
  await Promise.all(opening);
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
