import { Pause, type Paused, type ReadRecord } from '@resend/ports.js';
import type { RedisConnection } from '@redis/connection.js';
import { orLedgerUnavailable } from '@redis/or-ledger-unavailable.js';

/** The kill switch of one process: the embedded default. */
export class MemoryPause extends Pause {
  private paused: { reason: string; endsAt: number } | undefined;

  /** @param now epoch milliseconds */
  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  override async current(): Promise<Paused | undefined> {
    const endsInMs = (this.paused?.endsAt ?? 0) - this.now();
    return this.paused && endsInMs > 0 ? { reason: this.paused.reason, endsInMs } : undefined;
  }

  override async begin(reason: string, durationMs: number): Promise<void> {
    this.paused = { reason, endsAt: this.now() + durationMs };
  }

  override async end(): Promise<void> {
    this.paused = undefined;
  }
}

/**
 * The kill switch in Redis: one key, which expires with the pause. Every tap reads it, so that all instances obey from
 * the next tap on, without depending on a message.
 */
export class RedisPause extends Pause {
  private readonly key: string;

  constructor(
    private readonly redis: RedisConnection,
    keyPrefix: string,
  ) {
    super();
    this.key = `${keyPrefix}pause`;
  }

  override async current(read: ReadRecord = (key) => this.redis.get(key)): Promise<Paused | undefined> {
    const reason = await orLedgerUnavailable(() => read(this.key));
    if (reason === null) return undefined;
    return { reason, endsInMs: Math.max(0, await orLedgerUnavailable(() => this.redis.pttl(this.key))) };
  }

  override async begin(reason: string, durationMs: number): Promise<void> {
    await orLedgerUnavailable(() => this.redis.set(this.key, reason, 'PX', durationMs));
  }

  override async end(): Promise<void> {
    await orLedgerUnavailable(() => this.redis.del(this.key));
  }
}
