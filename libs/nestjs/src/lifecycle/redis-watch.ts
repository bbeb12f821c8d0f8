import type { RedisConnection } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import type { Log } from '@telemetry/log.js';

/** Logs one line when a connection to Redis is lost, and one when it is back. */
export function watchRedis({ ledger, sessions }: Pick<RedisConnections, 'ledger' | 'sessions'>, log: Log): void {
  watch(ledger, 'ledger', log);
  watch(sessions, 'sessions', log);
}

/** @param connection its name in the log */
export function watch(redis: RedisConnection, connection: 'ledger' | 'sessions' | 'events', log: Log): void {
  let isLost = false;
  let hasEnded = false;
  redis.on('error', (err: unknown) => {
    if (isLost) return;
    isLost = true;
    log.error({ event: 'redis.error', connection, err }, `${connection} connection to Redis lost, reconnecting`);
  });
  redis.on('end', () => {
    hasEnded = true;
  });
  // A Cluster that we close ourselves emits `close` before `end`, and once more for each of its nodes after that.
  redis.on('close', () => {
    setImmediate(() => {
      if (isLost || hasEnded) return;
      isLost = true;
      log.error({ event: 'redis.error', connection }, `${connection} connection to Redis closed, reconnecting`);
    });
  });
  redis.on('ready', () => {
    hasEnded = false;
    if (!isLost) return;
    isLost = false;
    log.info({ event: 'redis.back', connection }, `${connection} connection to Redis is back`);
  });
}
