import { Cluster } from 'ioredis';
import type { RedisConnection } from './connection.js';

/** The kinds of server that answer like a standalone Redis but are not one. */
export type WrongServer = 'a node of a Redis Cluster' | 'a sentinel';

/**
 * What a connection to a single server has reached instead. A Cluster node answers queries about itself, but refuses
 * the keys of other nodes; a sentinel has no keys.
 * @returns undefined for a server, or where none answers
 */
export async function wrongServerOf(redis: RedisConnection): Promise<WrongServer | undefined> {
  return redis instanceof Cluster ? undefined : wrongServerIn(await redis.info().catch(() => ''));
}

/** @param info reply of INFO */
export function wrongServerIn(info: string): WrongServer | undefined {
  if (/^(redis_mode:cluster|cluster_enabled:1)\b/m.test(info)) return 'a node of a Redis Cluster';
  return /^redis_mode:sentinel\b/m.test(info) ? 'a sentinel' : undefined;
}
