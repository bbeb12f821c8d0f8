import { type ThrottlerStorage, ThrottlerStorageService } from '@nestjs/throttler';

/** One counter of a request: at most `limit` requests within `ttl`. */
export interface Count {
  readonly key: string;
  readonly limit: number;
  /** The window, in milliseconds. */
  readonly ttl: number;
}

/** The counter that is over its limit, and for how long. */
export interface Over {
  readonly key: string;
  readonly waitMs: number;
}

/** A storage that increments all counters of a request together, so that the request waits once. */
export interface TapStorage extends ThrottlerStorage {
  /** @returns the first count known locally to be over its limit */
  knownOver(counts: readonly Count[]): Over | undefined;
  /** @returns the first count that is over its limit; undefined when the request may go on */
  firstOver(counts: readonly Count[]): Promise<Over | undefined>;
}

/** Nest's own storage, in this process's memory. It stops at the first counter over its limit. */
export class MemoryThrottlerStorage extends ThrottlerStorageService implements TapStorage {
  knownOver(): undefined {}

  async firstOver(counts: readonly Count[]): Promise<Over | undefined> {
    for (const { key, limit, ttl } of counts) {
      const { isBlocked, timeToBlockExpire } = await this.increment(key, ttl, limit, ttl, key);
      if (isBlocked) return { key, waitMs: timeToBlockExpire * 1000 };
    }
    return undefined;
  }
}
