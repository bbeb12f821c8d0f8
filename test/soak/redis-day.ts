import type { Redis } from 'ioredis';
import type { BreakableRedis } from '../chaos/breakable-redis.js';

/** What Redis holds. */
export interface RedisVitals {
  readonly keys: number;
  readonly bytes: number;
  readonly clients: number;
}

/** The ledger keeps the resends of a user for 24 hours, and so does the audit trail, as it is set here. */
const DAY_MS = 26 * 3_600_000;

export function redisVitals(redis: BreakableRedis): Promise<RedisVitals> {
  return redis.ask(async (client) => {
    const figure = async (section: string, name: string) =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await client.info(section))?.[1]);
    const clients = (await figure('clients', 'connected_clients')) - 1; // but for the one that asks
    return { keys: await client.dbsize(), bytes: await figure('memory', 'used_memory'), clients };
  });
}

/**
 * A server's clock can not be turned, so what would expire within a day is removed. A key that has no expiry, or too
 * long a one, stays.
 */
export function passDay(redis: BreakableRedis): Promise<void> {
  return redis.ask(async (client: Redis) => {
    for (const key of await client.keys('*')) {
      const leftMs = await client.pttl(key);
      if (leftMs >= 0 && leftMs <= DAY_MS) await client.unlink(key);
    }
  });
}
