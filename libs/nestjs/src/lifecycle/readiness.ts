import { Cluster } from 'ioredis';
import type { RedisConnection } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import { dangersOf } from '@redis/dangers.js';
import type { Log } from '@telemetry/log.js';
import type { Agreement } from './agreement.js';
import type { Drain } from './drain.js';

export interface ReadinessOptions {
  /** An unsafe Redis (see `dangersOf`) makes this instance not ready. */
  readonly mustBeSafe: boolean;
  readonly isPersistenceTrusted?: boolean;
  /**
   * If given, this instance is ready only while its Redis accepts writes and every instance there has the same hash
   * secret.
   */
  readonly agreement?: Agreement;
}

/** For how long what was found holds for all who ask, in milliseconds: a flood of questions is no flood of Redis. */
const HOLDS_MS = 100;

type Parts = Readonly<Record<'ledger' | 'sessions' | 'instance', boolean>>;

/** Whether this instance can serve requests. With in-memory state it always can. */
export class Readiness {
  private lastDangers = '';
  private last: Parts = { ledger: true, sessions: true, instance: true };
  private found: Promise<readonly [ledger: boolean, sessions: boolean]> | undefined;
  private holdsUntil = -Infinity;

  constructor(
    private readonly redis: Pick<RedisConnections, 'ledger' | 'sessions'> | undefined,
    private readonly drain: Pick<Drain, 'isDraining'>,
    private readonly log: Log,
    private readonly options: ReadinessOptions = { mustBeSafe: false },
  ) {}

  async isLedgerReady(): Promise<boolean> {
    const { agreement, mustBeSafe } = this.options;
    if (!this.redis || !(await answers(this.redis.ledger))) return !this.redis;
    const [agrees, isSafe] = await Promise.all([
      agreement?.holds() ?? true,
      !mustBeSafe || this.isSafe(this.redis.ledger).catch(() => false),
    ]);
    return agrees && isSafe;
  }

  async areSessionsReady(): Promise<boolean> {
    return !this.redis || answers(this.redis.sessions);
  }

  /**
   * The readiness of each part, as found at most 100 ms ago, and of the instance, which is not ready while it drains. Changes
   * are logged.
   */
  async now(): Promise<Parts> {
    const [ledger, sessions] = await this.find();
    const now = { ledger, sessions, instance: ledger && sessions && !this.drain.isDraining };
    if (now.instance !== this.last.instance) {
      const line = { event: 'readiness', ...now, draining: this.drain.isDraining };
      if (now.instance) this.log.info(line, 'instance is ready again');
      else this.log.warn(line, 'instance is not ready; route no requests to it until /readyz returns 200');
    }
    this.last = now;
    return now;
  }

  private find() {
    if (this.found && performance.now() < this.holdsUntil) return this.found;
    this.holdsUntil = Infinity;
    this.found = Promise.all([this.isLedgerReady(), this.areSessionsReady()]).finally(() => {
      this.holdsUntil = performance.now() + HOLDS_MS;
    });
    return this.found;
  }

  private async isSafe(redis: RedisConnection): Promise<boolean> {
    const dangers = await dangersOf(redis, this.options);
    if (dangers.join() !== this.lastDangers) this.logDangers(dangers);
    this.lastDangers = dangers.join();
    return dangers.length === 0;
  }

  private logDangers(dangers: readonly string[]): void {
    if (dangers.length === 0) this.log.info({ event: 'redis.safe' }, 'Redis is configured safely again');
    else
      this.log.error({ event: 'redis.unsafe', dangers }, 'Redis may lose resends; not ready until `dangers` are fixed');
  }
}

/** In a Cluster one answering primary is enough: if another one is down, no other instance could serve its users. */
async function answers(redis: RedisConnection): Promise<boolean> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  return Promise.any(nodes.map((node) => node.ping())).then(
    () => true,
    () => false,
  );
}
