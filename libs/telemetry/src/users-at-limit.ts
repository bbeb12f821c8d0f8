import type { RedisConnection } from '@redis/connection.js';
import { script } from '@redis/script.js';

/** The limits with long waits. Cooldowns are omitted: every user has those. */
export const LIMITS = ['user-limit', 'held-after-denial', 'challenge-limit', 'blocked'] as const;
export type Limit = (typeof LIMITS)[number];

/** The users refused by a limit who still have to wait, counted only for a metric. Users are keyed hashes. */
export interface UsersAtLimit {
  /** Adds a user whom the limit has refused for `waitMs`. */
  add(limit: Limit, user: string, waitMs: number): Promise<void>;
  /** Removes a user whom the limit no longer holds, before the wait is over. */
  remove(limit: Limit, user: string): Promise<void>;
  /** How many users have to wait now. */
  count(limit: Limit): Promise<number>;
}

/** Most users counted at one limit in memory. */
const MOST = 10_000;

/** Counts the users of one process: the embedded default. */
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

const atLimitScript = script<number>('pushResendAtLimit', new URL('./users-at-limit.lua', import.meta.url), 1);

/** Counts the users of all instances that share a Redis. */
export class RedisUsersAtLimit implements UsersAtLimit {
  /** @param redis the ledger's connection: its commands have a deadline and never wait for a connection */
  constructor(
    private readonly redis: RedisConnection,
    private readonly keyPrefix: string,
  ) {}

  async add(limit: Limit, user: string, waitMs: number): Promise<void> {
    if (waitMs >= 1) await this.ask(limit, 'add', user, Math.ceil(waitMs));
  }

  async remove(limit: Limit, user: string): Promise<void> {
    await this.ask(limit, 'remove', user);
  }

  async count(limit: Limit): Promise<number> {
    return this.ask(limit, 'count');
  }

  private ask(limit: Limit, ...args: readonly (string | number)[]): Promise<number> {
    return atLimitScript(this.redis, `${this.keyPrefix}at-limit:${limit}`, ...args);
  }
}
