import type { RedisConnection } from '@redis/connection.js';
import { orLedgerUnavailable } from '@redis/or-ledger-unavailable.js';
import { script } from '@redis/script.js';
import { OverLimitNotes } from './over-limit-notes.js';
import type { Count, Over, TapStorage } from './storage.js';

const countScript = script<(number | string | null)[]>('pushResendCount', new URL('./count.lua', import.meta.url));

/** A counter after this request. */
interface Counted extends Count {
  readonly hits: number;
  readonly leftMs: number;
}

/** Counts taps in the ledger's Redis, for all instances, in fixed windows. */
export class RedisThrottlerStorage implements TapStorage {
  /** @param now a monotonic reading, in milliseconds */
  constructor(
    private readonly redis: RedisConnection,
    private readonly keyPrefix: string,
    private readonly now: () => number = () => performance.now(),
    private readonly notes = new OverLimitNotes(now),
  ) {}

  knownOver(counts: readonly Count[]): Over | undefined {
    for (const { key } of counts) {
      const waitMs = this.notes.waitMs(key);
      if (waitMs !== undefined) return { key, waitMs };
    }
    return undefined;
  }

  /** Each counter takes a script call of its own, since counters may be in different slots of a Cluster. */
  async firstOver(counts: readonly Count[]): Promise<Over | undefined> {
    const known = this.knownOver(counts);
    if (known) return known;
    const askedAt = this.now();
    const counted = await Promise.all(counts.map((count) => this.count([count]).then(({ counted: [one] }) => one)));
    return this.noted(
      counted.filter((one) => one !== undefined),
      askedAt,
    );
  }

  /** `firstOver` without what is known, and records, in one script call: all keys must be on one server. */
  async firstOverAndRecords(
    counts: readonly Count[],
    keys: readonly string[],
  ): Promise<{ readonly over: Over | undefined; readonly records: readonly (string | null)[] }> {
    const askedAt = this.now();
    const { counted, records } = await this.count(counts, keys);
    return { over: this.noted(counted, askedAt), records };
  }

  /** Required by Nest's `ThrottlerStorage`. */
  async increment(key: string, ttl: number, limit: number) {
    const { counted } = await this.count([{ key, ttl, limit }]);
    const { hits: totalHits = 0, leftMs = 0 } = counted[0] ?? {};
    const timeToExpire = Math.ceil(leftMs / 1000);
    return { totalHits, timeToExpire, isBlocked: totalHits > limit, timeToBlockExpire: timeToExpire };
  }

  /** A note must not outlive its window: it is measured from before the round trip, less the current millisecond. */
  private noted(counted: readonly Counted[], askedAt: number): Over | undefined {
    const over = counted.filter(({ hits, limit }) => hits > limit);
    for (const { key, leftMs } of over) this.notes.note(key, askedAt + leftMs - 1);
    const [first] = over;
    return first && { key: first.key, waitMs: first.leftMs };
  }

  private async count(counts: readonly Count[], keys: readonly string[] = []) {
    const own = counts.map(({ key }) => `${this.keyPrefix}${key}`);
    const windows = counts.map(({ ttl }) => ttl);
    const numberOfKeys = own.length + keys.length;
    const reply = await orLedgerUnavailable(() => countScript(this.redis, numberOfKeys, ...own, ...keys, ...windows));
    return {
      counted: counts.map((count, index): Counted => {
        return { ...count, hits: Number(reply[2 * index]), leftMs: Number(reply[2 * index + 1]) };
      }),
      records: reply.slice(2 * counts.length) as (string | null)[],
    };
  }
}
