import type { Redis } from 'ioredis';

/**
 * Keeps a connection off all other databases: if Redis refuses SELECT, ioredis continues with database 0. Instead the
 * connection is closed and reopened, and the refusal is its `error`.
 */
export function onOwnDatabase(redis: Redis): Redis {
  const select = redis.select.bind(redis);
  return Object.assign(redis, {
    select: async (db: number) => {
      try {
        return await select(db);
      } catch (cause) {
        redis.disconnect(true);
        const reason = cause instanceof Error ? cause.message : '';
        throw new Error(`Redis refuses database ${db}, so nothing is stored: ${reason}`, { cause });
      }
    },
  });
}
