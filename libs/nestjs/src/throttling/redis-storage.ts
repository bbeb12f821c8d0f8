import type { RedisConnection } from '@redis/connection.js';
import { Refusal } from '@resend/refusals.js';
import { OverLimitNotes } from './over-limit-notes.js';
import type { Count, Over, TapStorage } from './storage.js';

/** KEYS[1] counter · ARGV[1] window, ms · reply {hits in this window, ms until it ends} */
const COUNT = `
local window = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then -- none, or its last millisecond, in which Redis still has it
  redis.call('SET', KEYS[1], 1, 'PX', window)
  return { 1, window }
end
return { redis.call('INCR', KEYS[1]), left }
`;

/**
 * Counts taps in the ledger's Redis, for all instances, in fixed windows. A script a counter, as counters of different
 * users live in different slots of a Cluster; all those of a request leave at once, and are waited for together.
 */
export class RedisThrottlerStorage implements TapStorage {
  /** @param now a monotonic reading, in milliseconds */
  constructor(
    private readonly redis: RedisConnection & {
      pushResendCount?: (key: string, ttlMs: number) => Promise<[number, number]>;
    },
    private readonly keyPrefix: string,
    private readonly now: () => number = () => performance.now(),
    private readonly notes = new OverLimitNotes(now),
  ) {
    redis.defineCommand('pushResendCount', { numberOfKeys: 1, lua: COUNT });
  }

  async firstOver(counts: readonly Count[]): Promise<Over | undefined> {
    for (const { key } of counts) {
      const waitMs = this.notes.waitMs(key);
      if (waitMs !== undefined) return { key, waitMs };
    }
    // A note must not outlive its window: it counts from before the trip, without the millisecond that has begun.
    const askedAt = this.now();
    const counted = await Promise.all(counts.map(async (count) => ({ ...count, ...(await this.count(count)) })));
    const over = counted.filter(({ hits, limit }) => hits > limit);
    for (const { key, leftMs } of over) this.notes.note(key, askedAt + leftMs - 1);
    const [first] = over;
    return first && { key: first.key, waitMs: first.leftMs };
  }

  /** What Nest's own guard would ask for. */
  async increment(key: string, ttl: number, limit: number) {
    const { hits: totalHits, leftMs } = await this.count({ key, ttl });
    const timeToExpire = Math.ceil(leftMs / 1000);
    return { totalHits, timeToExpire, isBlocked: totalHits > limit, timeToBlockExpire: timeToExpire };
  }

  private async count({ key, ttl }: Pick<Count, 'key' | 'ttl'>): Promise<{ hits: number; leftMs: number }> {
    try {
      const counted = await this.redis.pushResendCount?.(`${this.keyPrefix}${key}`, ttl);
      if (!counted) throw new Error('the counting script is not there');
      const [hits, leftMs] = counted;
      return { hits, leftMs };
    } catch (cause) {
      throw new Refusal('ledger-unavailable', { waitMs: 1000, cause });
    }
  }
}
