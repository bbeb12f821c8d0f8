import { createHmac } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { ResendPolicy } from '@resend/policy.js';
import type { RedisConnection } from '@redis/connection.js';

/** Of the user's record in Redis, as rules.ts describes it: raise it when an older version could not read what is written. */
const KEY_FORMAT = '1';

/** How long the word of an instance that is gone stands, in milliseconds. */
const STANDS_FOR_MS = 60_000;

/** In a Cluster it is written in so many places, each in a slot of its own: not all are lost with a shard. */
const PLACES_IN_CLUSTER = 4;

/** What instances that share a ledger have in common. */
export const COMMON = ['hash-secret', 'policy', 'key-format'] as const;
export type Common = (typeof COMMON)[number];

export interface FingerprintOptions {
  /** Instances with different prefixes do not share a ledger. */
  readonly keyPrefix: string;
  readonly hashSecret: string;
  readonly policy: ResendPolicy;
  /** While resends are paused, a new hash secret may take the place of the old one. */
  readonly isPaused: () => Promise<boolean>;
}

/**
 * Tells instances that share a ledger whether they have the same settings. The first one writes down what it has, and
 * those that have the same renew it; whoever has something else learns of it, until nobody has renewed it for a minute.
 *
 * The secret is there as a hash of a fixed text under it, from which it can not be guessed more easily than from the names of
 * the users' keys.
 */
export class Fingerprint {
  private readonly own: Readonly<Record<Common, string>>;
  /** What another instance had otherwise when it was last read. */
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
   * What another instance has otherwise.
   * @throws what Redis answered where it does not take the writes; in a Cluster, where no shard takes them
   */
  async differences(): Promise<Common[]> {
    const isOthers = await Promise.all(COMMON.map((common) => this.isOthers(common)));
    return COMMON.filter((_, index) => isOthers[index]);
  }

  /** Writes down what this instance has, unless another one has something else. */
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
    // After a flush, those who wrote it before are first.
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
