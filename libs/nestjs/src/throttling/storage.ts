import { type ThrottlerStorage, ThrottlerStorageService } from '@nestjs/throttler';

/** One counter of a request: so many in so long. */
export interface Count {
  readonly key: string;
  readonly limit: number;
  /** The window, in milliseconds. */
  readonly ttl: number;
}

/** Which count of a request is over its limit, and for how long. */
export interface Over {
  readonly key: string;
  readonly waitMs: number;
}

/** A storage that counts all that a request is counted by at once: what that costs is one wait, not one for each. */
export interface TapStorage extends ThrottlerStorage {
  /** @returns the first count that is over its limit; undefined when the request may go on */
  firstOver(counts: readonly Count[]): Promise<Over | undefined>;
}

/** Counts in this process's memory: Nest's own storage. What comes after the first one over is not counted. */
export class MemoryThrottlerStorage extends ThrottlerStorageService implements TapStorage {
  async firstOver(counts: readonly Count[]): Promise<Over | undefined> {
    for (const { key, limit, ttl } of counts) {
      const { isBlocked, timeToBlockExpire } = await this.increment(key, ttl, limit, ttl, key);
      if (isBlocked) return { key, waitMs: timeToBlockExpire * 1000 };
    }
    return undefined;
  }
}
