import type { RedisConnection } from '@redis/connection.js';
import { orLedgerUnavailable } from '@redis/or-ledger-unavailable.js';
import { script } from '@redis/script.js';
import { OverLimitNotes } from './over-limit-notes.js';
import type { Count, Over, TapStorage } from './storage.js';

const countScript = script<[hits: number, leftMs: number]>(
  'pushResendCount',
  new URL('./count.lua', import.meta.url),
  1,
);

/**
 * Counts taps in the ledger's Redis, for all instances, in fixed windows. Each counter takes a script call of its own,
 * since counters may be in different slots of a Cluster; those of one request are sent together.
 */
export class RedisThrottlerStorage implements TapStorage {
  /** @param now a monotonic reading, in milliseconds */
  constructor(
    private readonly redis: RedisConnection,
    private readonly keyPrefix: string,
    private readonly now: () => number = () => performance.now(),
    private readonly notes = new OverLimitNotes(now),
  ) {}

  async firstOver(counts: readonly Count[]): Promise<Over | undefined> {
    for (const { key } of counts) {
      const waitMs = this.notes.waitMs(key);
      if (waitMs !== undefined) return { key, waitMs };
    }
    // A note must not outlive its window: it is measured from before the round trip, less the current millisecond.
    const askedAt = this.now();
    const counted = await Promise.all(counts.map(async (count) => ({ ...count, ...(await this.count(count)) })));
    const over = counted.filter(({ hits, limit }) => hits > limit);
    for (const { key, leftMs } of over) this.notes.note(key, askedAt + leftMs - 1);
    const [first] = over;
    return first && { key: first.key, waitMs: first.leftMs };
  }

  /** Required by Nest's `ThrottlerStorage`. */
  async increment(key: string, ttl: number, limit: number) {
    const { hits: totalHits, leftMs } = await this.count({ key, ttl });
    const timeToExpire = Math.ceil(leftMs / 1000);
    return { totalHits, timeToExpire, isBlocked: totalHits > limit, timeToBlockExpire: timeToExpire };
  }

  private async count({ key, ttl }: Pick<Count, 'key' | 'ttl'>): Promise<{ hits: number; leftMs: number }> {
    const [hits, leftMs] = await orLedgerUnavailable(() => countScript(this.redis, `${this.keyPrefix}${key}`, ttl));
    return { hits, leftMs };
  }
}
