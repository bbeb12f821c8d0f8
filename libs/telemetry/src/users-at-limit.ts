import type { Cluster, Redis } from 'ioredis';

/** The limits that make a user wait for long; a cooldown is everybody's. */
export const LIMITS = ['user-limit', 'held-after-denial', 'challenge-limit', 'blocked'] as const;
export type Limit = (typeof LIMITS)[number];

/**
 * Who was told no by a limit and still has to wait: how many they are, for ops. Users are keyed hashes, and nothing
 * decides by it.
 */
export interface UsersAtLimit {
  /** A limit said no to a user for `waitMs`. */
  add(limit: Limit, user: string, waitMs: number): Promise<void>;
  /** The limit holds the user no more, though the wait is not over. */
  remove(limit: Limit, user: string): Promise<void>;
  /** Users who have to wait now. */
  count(limit: Limit): Promise<number>;
}

/** Users that one process counts at a limit; more than these are not counted. */
const MOST = 10_000;

/** Of this process alone: the embedded default. */
export class MemoryUsersAtLimit implements UsersAtLimit {
  /** When a user's wait ends, by limit and user: epoch milliseconds. */
  private readonly ends = new Map<Limit, Map<string, number>>(LIMITS.map((limit) => [limit, new Map()]));

  /** @param now epoch milliseconds */
  constructor(private readonly now: () => number = Date.now) {}

  async add(limit: Limit, user: string, waitMs: number): Promise<void> {
    if ((this.ends.get(limit)?.size ?? 0) >= MOST) await this.count(limit);
    const waiting = this.ends.get(limit);
    if (waiting && (waiting.size < MOST || waiting.has(user))) waiting.set(user, this.now() + waitMs);
  }

  async remove(limit: Limit, user: string): Promise<void> {
    this.ends.get(limit)?.delete(user);
  }

  async count(limit: Limit): Promise<number> {
    const waiting = this.ends.get(limit) ?? new Map<string, number>();
    const now = this.now();
    for (const [user, end] of waiting) if (end <= now) waiting.delete(user);
    return waiting.size;
  }
}

/**
 * A sorted set of users for each limit, by the end of their wait, shared by all instances.
 *
 * KEYS[1] the set · ARGV[1] add, remove or count · ARGV[2] user · ARGV[3] wait, ms · reply: users who have to wait
 * Time is the server's TIME. Every call clears away whose wait is over, and the set expires with the last wait.
 */
const AT_LIMIT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] == 'remove' then
  redis.call('ZREM', KEYS[1], ARGV[2])
elseif ARGV[1] == 'add' then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
  local left = redis.call('PTTL', KEYS[1])
  if left < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3])) end
end
return redis.call('ZCARD', KEYS[1])
`;

/** Exact over all instances that share a Redis. */
export class RedisUsersAtLimit implements UsersAtLimit {
  /** @param redis the ledger's connection: its commands are bounded in time, and never wait for a connection */
  constructor(
    private readonly redis: (Redis | Cluster) & {
      pushResendAtLimit?: (key: string, ...args: string[]) => Promise<number>;
    },
    private readonly keyPrefix: string,
  ) {
    redis.defineCommand('pushResendAtLimit', { numberOfKeys: 1, lua: AT_LIMIT });
  }

  async add(limit: Limit, user: string, waitMs: number): Promise<void> {
    if (waitMs >= 1) await this.ask(limit, 'add', user, String(Math.ceil(waitMs)));
  }

  async remove(limit: Limit, user: string): Promise<void> {
    await this.ask(limit, 'remove', user);
  }

  async count(limit: Limit): Promise<number> {
    return this.ask(limit, 'count');
  }

  private async ask(limit: Limit, ...args: string[]): Promise<number> {
    const count = await this.redis.pushResendAtLimit?.(`${this.keyPrefix}at-limit:${limit}`, ...args);
    if (count === undefined) throw new Error('the script is not there');
    return count;
  }
}
