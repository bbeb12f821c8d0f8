import { once } from 'node:events';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { placeOf, type RedisPlace } from './place.js';

/** One server (its own, or the primary that Sentinel names), or a Cluster. */
export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** A command fails after this many milliseconds without an answer; it may still run. */
  readonly commandTimeoutMs: number;
}

type Options = Omit<RedisOptions, 'replyMapping'>;

/** Timeout for noticing and repairing a lost connection or a stale view of a Cluster, in milliseconds. */
const PATIENCE_MS = 1000;

/**
 * A connection for the ledger, set so that no command runs twice and none hangs: an unanswered command is not sent
 * again after a reconnect, none is queued while there is no connection, and each has a deadline. (None of the three
 * options set here is enough alone with ioredis 6.0: a script runs twice, or its promise never settles.)
 *
 * A failed command may still have run, which is why the ledger's operations are idempotent.
 */
export function connectLedger(url: string, options: ConnectionOptions): Redis;
export function connectLedger(place: RedisPlace, options: ConnectionOptions): RedisConnection;
export function connectLedger(place: string | RedisPlace, options: ConnectionOptions): RedisConnection {
  return connect(typeof place === 'string' ? placeOf(place) : place, {
    ...common(options),
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
}

/** A connection for sessions, whose commands may safely run twice: they wait for a reconnect within their deadline. */
export function connectSessions(place: RedisPlace, options: ConnectionOptions): RedisConnection {
  return connect(place, { ...common(options), maxRetriesPerRequest: 1 });
}

/**
 * Opens a connection; of a Cluster, to every node.
 * @throws when it is not open within 3 s; it keeps trying in the background
 */
export async function open(redis: RedisConnection): Promise<void> {
  // ioredis itself never stops looking for sentinels.
  const signal = AbortSignal.timeout(3 * PATIENCE_MS);
  const tooLong = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Redis can not be reached')), { once: true });
  });
  await Promise.race([redis.connect(), tooLong]);
  if (!(redis instanceof Cluster)) return;
  const others = redis.nodes().filter(({ status }) => status !== 'ready' && status !== 'end');
  await Promise.allSettled(others.map((node) => once(node, 'ready', { signal: AbortSignal.timeout(PATIENCE_MS) })));
}

function common({ commandTimeoutMs }: ConnectionOptions): Options {
  return {
    lazyConnect: true,
    disableClientInfo: true, // else every Redis user needs CLIENT, too
    commandTimeout: commandTimeoutMs,
    connectTimeout: PATIENCE_MS,
    // Drops a peer that vanished silently, long before TCP would.
    socketTimeout: commandTimeoutMs + PATIENCE_MS,
    disconnectTimeout: 250,
    maxLoadingRetryTime: PATIENCE_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** (attempt - 1), PATIENCE_MS) * (0.75 + Math.random() / 2),
    reconnectOnError: oncePerReconnect((error) => error.message.includes('READONLY')),
  };
}

/**
 * Reconnects after an error that says the primary has become a replica; the command did not run. Only once, even if
 * many commands were under way.
 */
function oncePerReconnect(isReason: (error: Error) => boolean): (error: Error) => boolean {
  let notBefore = 0;
  return (error) => {
    if (!isReason(error) || performance.now() < notBefore) return false;
    notBefore = performance.now() + 250;
    return true;
  };
}

function connect({ at, username, password, tls, sentinel }: RedisPlace, options: Options): RedisConnection {
  const access: Options = {
    ...options,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { ...tls } }),
  };
  switch (at.kind) {
    case 'server':
      return new Redis({ ...access, host: at.host, port: at.port, db: at.db });
    case 'sentinel':
      return new Redis({
        ...access,
        sentinels: at.sentinels.map((address) => ({ ...address })),
        name: at.name,
        ...(sentinel?.username !== undefined && { sentinelUsername: sentinel.username }),
        ...(sentinel?.password !== undefined && { sentinelPassword: sentinel.password }),
        ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: { ...tls } }),
        sentinelCommandTimeout: PATIENCE_MS,
        sentinelReconnectStrategy: () => 2 * PATIENCE_MS,
        // Without it, writes go to the old primary until Sentinel demotes it: for 10 s and longer.
        failoverDetector: true,
      });
    case 'cluster': {
      const cluster = new Cluster(
        at.nodes.map((address) => ({ ...address })),
        {
          lazyConnect: true,
          redisOptions: access,
          // It fails while nodes are being connected, and starts over. A Cluster that is down refuses commands itself.
          enableReadyCheck: false,
          enableOfflineQueue: options.enableOfflineQueue ?? true,
          // A command whose connection closed may have run: it is not tried on another node.
          ...(options.maxRetriesPerRequest === 0 && { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 }),
          // A node that hangs does not announce its successor.
          slotsRefreshInterval: 2 * PATIENCE_MS,
          slotsRefreshTimeout: PATIENCE_MS,
          clusterRetryStrategy: (attempt) => Math.min(50 * 2 ** (attempt - 1), PATIENCE_MS),
          // Keeps host names: certificates are issued for them.
          dnsLookup: (address, callback) => callback(null, address),
        },
      );
      // Connects at once: otherwise the first tap on a shard is refused while its connection is being made.
      cluster.on('+node', (node: Redis) => void node.connect().catch(() => undefined));
      return cluster;
    }
  }
}
