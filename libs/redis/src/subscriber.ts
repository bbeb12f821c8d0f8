import { Cluster } from 'ioredis';
import type { RedisConnection } from './connection.js';
import { withDeadline } from './deadline.js';
import { followLedger } from './following-primary.js';
import { toleratingLateErrors } from './late-errors.js';

/** For subscriptions, in milliseconds: no tap waits for them. */
const SUBSCRIBE_TIMEOUT_MS = 2000;
/** A silent connection is probed after this, to detect a peer that vanished. */
const KEEP_ALIVE_MS = 15_000;

/**
 * A separate connection for subscriptions to the server of `redis`, not yet open. It reconnects like the other, but the
 * caller must subscribe again. In a Cluster it is for sharded channels (SSUBSCRIBE).
 */
export function subscriberLike(redis: RedisConnection): RedisConnection {
  // Callers may add their own error listener; without any, Node would crash on `error`.
  const subscriber = toleratingLateErrors(duplicate(redis).on('error', () => undefined));
  followLedger(subscriber, redis);
  return subscriber;
}

function duplicate(redis: RedisConnection): RedisConnection {
  const own = { autoResubscribe: false, commandTimeout: SUBSCRIBE_TIMEOUT_MS, keepAlive: KEEP_ALIVE_MS };
  if (!(redis instanceof Cluster)) return redis.duplicate(own);
  const { replyMapping: _default, ...ofNodes } = redis.options.redisOptions ?? {};
  const cluster = redis.duplicate([], { shardedSubscribers: true, redisOptions: { ...ofNodes, ...own } });
  return withDeadline(cluster, SUBSCRIBE_TIMEOUT_MS);
}
