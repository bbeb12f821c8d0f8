import { createHmac } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { ResendPolicy } from '@resend/policy.js';
import type { RedisConnection } from '@redis/connection.js';

/** Version of the user's record in Redis, as in rules.ts: raise it when older versions can not read new records. */
const KEY_FORMAT = '1';

/** How long a stopped instance's fingerprint stays valid, in milliseconds. */
const STANDS_FOR_MS = 60_000;

/** In a Cluster it is stored in this many slots, so that a lost shard does not lose all of them. */
const PLACES_IN_CLUSTER = 4;

/** What instances that share a ledger have in common. */
export const COMMON = ['hash-secret', 'policy', 'key-format'] as const;
export type Common = (typeof COMMON)[number];

export interface FingerprintOptions {
  /** Instances with different prefixes do not share a ledger. */
  readonly keyPrefix: string;
  readonly hashSecret: string;
  readonly policy: ResendPolicy;
  /** While resends are paused, a new hash secret may replace the old one. */
  readonly isPaused: () => Promise<boolean>;
}

/**
 * Shows whether instances that share a ledger have the same settings. The first instance stores its values; matching
 * instances renew them, and others see the difference until the values expire after a minute.
 *
 * The secret is stored as a keyed hash of a fixed text, which does not make it easier to guess than the names of the
 * users' keys do.
 */
export class Fingerprint {
  private readonly own: Readonly<Record<Common, string>>;
  /** What differed in another instance at the last read. */
  private readonly others = new Set<Common>();

  /** @param redis from `connectLedger` */
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: FingerprintOptions,
  ) {
    const { hashSecret, policy } = options;
    this.own = {
      'hash-secret': createHmac('sha256', hashSecret).update('push-resend: which secret this is').digest('base64url'),
      policy: JSON.stringify(policy),
      'key-format': KEY_FORMAT,
    };
  }

  /**
   * What differs in another instance.
   * @throws what Redis answered where it does not take the writes; in a Cluster, where no shard takes them
   */
  async differences(): Promise<Common[]> {
    const isOthers = await Promise.all(COMMON.map((common) => this.isOthers(common)));
    return COMMON.filter((_, index) => isOthers[index]);
  }

  /** Stores this instance's values, unless another one has different ones. */
  private async isOthers(common: Common): Promise<boolean> {
    const own = this.own[common];
    const places = Array.from({ length: this.redis instanceof Cluster ? PLACES_IN_CLUSTER : 1 }, (_, place) => place);
    const keys = places.map((place) => `${this.options.keyPrefix}{fingerprint:${place}}:${common}`);
    const reads = await Promise.allSettled(keys.map((key) => this.redis.get(key)));
    const found = reads.flatMap((read) => (read.status === 'fulfilled' && read.value !== null ? [read.value] : []));
    if (found.some((value) => value !== own) && !(common === 'hash-secret' && (await this.isPaused()))) {
      this.others.add(common);
      return true;
    }
    // After a flush, the instances that matched before write first.
    if (this.others.delete(common) && found.length === 0) return true;
    const writes = await Promise.allSettled(keys.map((key) => this.redis.set(key, own, 'PX', STANDS_FOR_MS)));
    const refused = writes.find((write) => write.status === 'rejected');
    if (refused && writes.every(({ status }) => status === 'rejected')) throw refused.reason;
    return false;
  }

  private isPaused(): Promise<boolean> {
    return this.options.isPaused().catch(() => false);
  }
}
