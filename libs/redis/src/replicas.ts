import { Cluster, Command, type Redis } from 'ioredis';
import type { RedisConnection } from './connection.js';

export interface ReplicaOptions {
  /** How many replicas must acknowledge a write. Called before every write. */
  readonly wanted: () => Promise<number>;
  /** Timeout of one WAIT, in milliseconds. */
  readonly timeoutMs: number;
  /** Writes are refused for this long after a timeout, since WAIT blocks its whole connection. Milliseconds. */
  readonly pauseMs?: number;
}

/** The write ran, but too few replicas acknowledged it: a failover might lose it. */
export class ReplicasMissing extends Error {
  override readonly name = 'ReplicasMissing';
}

/**
 * Writes that succeed only once enough replicas have them (Redis' WAIT). A connection has one WAIT in flight at a time,
 * which covers every write that was answered on that connection before it was sent.
 *
 * WAIT covers only the writes of its own connection; on a new connection it succeeds at once, covering no write. So a
 * write succeeds only if its WAIT used the same socket, in a Cluster to the same node.
 */
export class Replicas {
  readonly #waits = new WeakMap<object, Waits>();

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: ReplicaOptions,
  ) {}

  /**
   * @param write sends one command on the connection it is given
   * @throws ReplicasMissing, or what `write` threw
   */
  async confirmed<Reply>(key: string, write: (connection: Redis) => Promise<Reply>): Promise<Reply> {
    const wanted = await this.options.wanted();
    const connection = this.connectionOf(key);
    const waits = this.waitsOf(connection);
    waits.mustNotPause();
    const reply = await write(connection);
    await waits.reached(wanted);
    return reply;
  }

  private connectionOf(key: string): Redis {
    if (!(this.redis instanceof Cluster)) return this.redis;
    const slot = new Command('get', [key]).getSlot() ?? 0;
    const owner = this.redis.slots[slot]?.[0];
    const node = this.redis.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner);
    if (!node) throw new Error('no connection to the node that has this user');
    return node;
  }

  private waitsOf(connection: Redis): Waits {
    const { stream } = connection;
    if (connection.status !== 'ready') throw new Error('no connection to Redis');
    const known = this.#waits.get(stream);
    if (known) return known;
    const waits = new Waits(connection, this.options.timeoutMs, this.options.pauseMs ?? 2000);
    this.#waits.set(stream, waits);
    return waits;
  }
}

/** The WAITs of one socket, one after another. */
class Waits {
  private readonly stream: Redis['stream'];
  private current: Promise<number> = Promise.resolve(0);
  private next: Promise<number> | undefined;
  /** The highest number of replicas required by a write that the next WAIT covers. */
  private mostWanted = 0;
  private pausedUntil = 0;

  constructor(
    private readonly connection: Redis,
    private readonly timeoutMs: number,
    private readonly pauseMs: number,
  ) {
    this.stream = connection.stream;
  }

  mustNotPause(): void {
    if (performance.now() < this.pausedUntil) throw new ReplicasMissing('replicas were missing a moment ago');
  }

  /** Resolves when `wanted` replicas have every write that was answered on this socket before this call. */
  async reached(wanted: number): Promise<void> {
    this.mostWanted = Math.max(this.mostWanted, wanted);
    this.next ??= this.afterCurrent();
    const reached = await this.next;
    if (reached >= wanted) return;
    this.pausedUntil = performance.now() + this.pauseMs;
    throw new ReplicasMissing(`only ${reached} of ${wanted} replicas acknowledged it`);
  }

  private async afterCurrent(): Promise<number> {
    await this.current.catch(() => undefined);
    const wanted = this.mostWanted;
    this.next = undefined;
    this.mostWanted = 0;
    this.mustNotPause();
    if (this.connection.stream !== this.stream || this.connection.status !== 'ready') {
      throw new ReplicasMissing('the connection was lost before replicas could be asked');
    }
    this.current = this.connection.wait(wanted, this.timeoutMs);
    return this.current;
  }
}
