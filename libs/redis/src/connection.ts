import { once } from 'node:events';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { placeOf, type RedisPlace } from './place.js';

/** One server (its own, or the primary that Sentinel names), or a Cluster. */
export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** A command without an answer is given up after this many milliseconds; it may still run. */
  readonly commandTimeoutMs: number;
}

type Options = Omit<RedisOptions, 'replyMapping'>;

/** How soon a lost connection, or a stale view of a Cluster, is noticed and mended: milliseconds. */
const PATIENCE_MS = 1000;

/**
 * A connection for the ledger, set so that nothing runs twice and nothing hangs: an unanswered command is not sent
 * again when the connection comes back, none waits for a connection, and each has a deadline. (Any one of the first
 * three alone is not enough with ioredis 6.0: it runs a script twice, or leaves its promise open for ever.)
 *
 * A command that failed may still have run; the ledger's operations are idempotent for that reason.
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

/** A connection for what may safely be sent twice, sessions: it waits for a lost connection within its deadline. */
export function connectSessions(place: RedisPlace, options: ConnectionOptions): RedisConnection {
  return connect(place, { ...common(options), maxRetriesPerRequest: 1 });
}

/**
 * Opens a connection, in a Cluster to every node.
 * @throws when it is not there within 3 s; it goes on trying by itself
 */
export async function open(redis: RedisConnection): Promise<void> {
  // Looking for sentinels, ioredis never gives up.
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
    // A peer that went without a word is let go, not waited for as long as TCP would.
    socketTimeout: commandTimeoutMs + PATIENCE_MS,
    disconnectTimeout: 250,
    maxLoadingRetryTime: PATIENCE_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** (attempt - 1), PATIENCE_MS) * (0.75 + Math.random() / 2),
    reconnectOnError: oncePerReconnect((error) => error.message.includes('READONLY')),
  };
}

/**
 * A primary that became a replica: the command did not run, and the connection is made anew, to the new primary. Once,
 * also when many commands were under way.
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
        // Without it, writes go on to a primary that is none any more, until Sentinel demotes it: for 10 s and longer.
        failoverDetector: true,
      });
    case 'cluster': {
      const cluster = new Cluster(
        at.nodes.map((address) => ({ ...address })),
        {
          lazyConnect: true,
          redisOptions: access,
          // It would fail while nodes are being connected, and begin again. A Cluster that is down says so itself.
          enableReadyCheck: false,
          enableOfflineQueue: options.enableOfflineQueue ?? true,
          // A command whose connection closed may have run: it is not tried on another node.
          ...(options.maxRetriesPerRequest === 0 && { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 }),
          // A node that hangs says nothing of its successor.
          slotsRefreshInterval: 2 * PATIENCE_MS,
          slotsRefreshTimeout: PATIENCE_MS,
          clusterRetryStrategy: (attempt) => Math.min(50 * 2 ** (attempt - 1), PATIENCE_MS),
          // Names stay names: certificates are issued to them.
          dnsLookup: (address, callback) => callback(null, address),
        },
      );
      // At once, for the first tap on a shard would otherwise be refused while its connection is made.
      cluster.on('+node', (node: Redis) => void node.connect().catch(() => undefined));
      return cluster;
    }
  }
}
