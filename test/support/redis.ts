import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject } from 'vitest';

/** The Redis of this test run. Fails the test, in one line, where none could be had. */
export function redisUrl(): string {
  const url = inject('redisUrl');
  if (url === undefined) {
    throw new Error('No Redis: set REDIS_URL, or put redis-server, valkey-server or a Docker engine on this machine.');
  }
  return url;
}

/** A connection for looking at what is stored, and a key prefix that no other test uses. */
export function ownCorner(): { redis: Redis; keyPrefix: string; keys: () => Promise<string[]> } {
  const redis = new Redis(redisUrl());
  const keyPrefix = `test:${randomBytes(6).toString('hex')}:`;
  return { redis, keyPrefix, keys: () => redis.keys(`${keyPrefix}*`) };
}
