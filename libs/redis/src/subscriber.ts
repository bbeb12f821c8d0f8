import { Cluster } from 'ioredis';
import type { RedisConnection } from './connection.js';
import { withDeadline } from './deadline.js';
import { followLedger } from './following-primary.js';
import { outlivingSecondErrors } from './second-error.js';

/** For what only listens, in milliseconds: no tap waits for it. */
const SUBSCRIBE_TIMEOUT_MS = 2000;
/** A connection on which nothing is heard is probed after this, so that a peer that vanished silently is noticed. */
const KEEP_ALIVE_MS = 15_000;

/**
 * A connection of its own for subscriptions, to where `redis` is connected; not yet open. It reconnects like the other,
 * but leaves it to its user to subscribe again. In a Cluster it is for sharded channels (SSUBSCRIBE).
 */
export function subscriberLike(redis: RedisConnection): RedisConnection {
  // Whoever uses it watches it if he wants; an `error` that nobody listens to would be printed, or end the process.
  const subscriber = outlivingSecondErrors(duplicate(redis).on('error', () => undefined));
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
