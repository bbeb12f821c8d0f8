import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './connection.js';
import { wrongServerIn } from './wrong-server.js';

export interface Vouched {
  /** The operator guarantees that data survives a restart: it is not checked. */
  readonly isPersistenceTrusted?: boolean;
}

/**
 * Why this Redis must not hold the ledger, in words for an operator; empty when it may. A key that is evicted, or lost
 * in a restart, is a forgotten cooldown, and a replica takes no writes. In a Cluster every primary that answers is
 * checked. A setting that can not be read counts as a danger; CONFIG GET is needed only if INFO shows no AOF.
 * @throws when no server answers
 */
export async function dangersOf(redis: RedisConnection, vouched: Vouched = {}): Promise<string[]> {
  if (!(redis instanceof Cluster)) {
    const info = await redis.info();
    const wrongServer = wrongServerIn(info);
    return wrongServer ? [`it is ${wrongServer} used as a single server`] : dangersOfServer(redis, info, vouched);
  }
  const primaries = redis.nodes('master').filter(({ status }) => status === 'ready' || status === 'wait');
  const found = await Promise.allSettled(
    primaries.map(async (primary) => dangersOfServer(primary, await primary.info(), vouched)),
  );
  const answered = found.filter((one) => one.status === 'fulfilled');
  if (answered.length === 0) throw new Error('no primary of the Cluster answers');
  return [...new Set(answered.flatMap(({ value }) => value))];
}

async function dangersOfServer(redis: Redis, info: string, { isPersistenceTrusted = false }: Vouched) {
  // backtracks: never, since it begins once a line
  const field = (name: string) => new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1] ?? 'unknown';
  const dangers: string[] = [];
  const policy = field('maxmemory_policy');
  if (policy !== 'noeviction') dangers.push(`maxmemory-policy is ${policy}, not noeviction`);
  if (field('role') !== 'master') dangers.push(`the role is ${field('role')}, not master`);
  if (!isPersistenceTrusted && field('aof_enabled') !== '1' && !(await hasSavePoints(redis))) {
    dangers.push('no persistence detected: neither appendonly nor save');
  }
  return dangers;
}

async function hasSavePoints(redis: Redis): Promise<boolean> {
  const reply = await redis.config('GET', 'save').catch(() => []);
  const [, save] = Array.isArray(reply) ? reply : [];
  return typeof save === 'string' && save !== '';
}
