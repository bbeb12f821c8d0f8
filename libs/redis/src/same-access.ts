import { Redis } from 'ioredis';
import type { RedisConnection } from './connection.js';

const ACCESS = ['host', 'port', 'path', 'db', 'name', 'username', 'password'] as const;

/** Whether two connections are to one server, or to the primary that the same sentinels name, as the same user. */
export function haveSameAccess(one: RedisConnection, other: RedisConnection): boolean {
  if (!(one instanceof Redis && other instanceof Redis)) return false;
  const [sentinels, others] = [one, other].map(({ options }) => JSON.stringify(options.sentinels ?? null));
  return sentinels === others && ACCESS.every((name) => one.options[name] === other.options[name]);
}
