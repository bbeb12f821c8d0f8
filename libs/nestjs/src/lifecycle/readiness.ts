import { Cluster } from 'ioredis';
import type { RedisConnection } from '@redis/connection.js';
import { dangersOf } from '@redis/dangers.js';
import type { Drain } from './drain.js';

export interface ReadinessOptions {
  /** A Redis that may forget resends, or takes no writes, makes this instance not ready: `dangersOf`. */
  readonly mustBeSafe: boolean;
  /** Told when what makes Redis unfit changes; empty: nothing does any more. */
  readonly onDangers?: (dangers: readonly string[]) => void;
}

/** Can this instance do its work? In its own memory it always can. */
export class Readiness {
  private lastDangers = '';

  constructor(
    private readonly redis: { readonly ledger: RedisConnection; readonly sessions: RedisConnection } | undefined,
    private readonly options: ReadinessOptions = { mustBeSafe: false },
  ) {}

  async isLedgerReady(): Promise<boolean> {
    if (!this.redis || !(await answers(this.redis.ledger))) return !this.redis;
    return !this.options.mustBeSafe || this.isSafe(this.redis.ledger).catch(() => false);
  }

  async areSessionsReady(): Promise<boolean> {
    return !this.redis || answers(this.redis.sessions);
  }

  /** By part, and whether this instance should get requests: an instance that is leaving should not. */
  async now({ isDraining }: Drain): Promise<Record<'ledger' | 'sessions' | 'instance', boolean>> {
    const [ledger, sessions] = await Promise.all([this.isLedgerReady(), this.areSessionsReady()]);
    return { ledger, sessions, instance: ledger && sessions && !isDraining };
  }

  private async isSafe(redis: RedisConnection): Promise<boolean> {
    const dangers = await dangersOf(redis);
    if (dangers.join() !== this.lastDangers) this.options.onDangers?.(dangers);
    this.lastDangers = dangers.join();
    return dangers.length === 0;
  }
}

/** In a Cluster one primary that answers is enough: where another is away, no other instance helps. */
async function answers(redis: RedisConnection): Promise<boolean> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  return Promise.any(nodes.map((node) => node.ping())).then(
    () => true,
    () => false,
  );
}
