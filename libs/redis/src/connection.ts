import { once } from 'node:events';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { corked } from './corked.js';
import { withDeadline } from './deadline.js';
import { followingPrimary } from './following-primary.js';
import { onOwnDatabase } from './own-database.js';
import { endpointOf, type RedisEndpoint } from './endpoint.js';
import { toleratingLateErrors } from './late-errors.js';

/** One server (its own, or the primary that Sentinel names), or a Cluster. */
export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** A command fails after this many milliseconds without an answer; it may still run. */
  readonly commandTimeoutMs: number;
}

export type Options = Omit<RedisOptions, 'replyMapping' | 'commandTimeout'> & { readonly commandTimeout: number };

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
export function connectLedger(endpoint: RedisEndpoint, options: ConnectionOptions): RedisConnection;
export function connectLedger(endpoint: string | RedisEndpoint, options: ConnectionOptions): RedisConnection {
  return corked(connect(typeof endpoint === 'string' ? endpointOf(endpoint) : endpoint, ledgerOptions(options)));
}

/** A connection for sessions, whose commands may safely run twice: they wait for a reconnect within their deadline. */
export function connectSessions(endpoint: RedisEndpoint, options: ConnectionOptions): RedisConnection {
  return corked(connect(endpoint, sessionOptions(options)));
}

/** Commands never run twice and never wait for a connection. */
export function ledgerOptions(options: ConnectionOptions): Options {
  return {
    ...common(options),
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  };
}

/** Commands may safely run twice, so they wait for a reconnect within their deadline. */
export function sessionOptions(options: ConnectionOptions): Options {
  return { ...common(options), maxRetriesPerRequest: 1, enableOfflineQueue: true };
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
    disableClientInfo: true, // otherwise the Redis user needs permission for CLIENT
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
 * many commands were in flight.
 */
function oncePerReconnect(isReason: (error: Error) => boolean): (error: Error) => boolean {
  let notBefore = 0;
  return (error) => {
    if (!isReason(error) || performance.now() < notBefore) return false;
    notBefore = performance.now() + 250;
    return true;
  };
}

function connect({ at, username, password, tls, sentinel }: RedisEndpoint, options: Options): RedisConnection {
  const access: Options = {
    ...options,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { ...tls } }),
  };
  switch (at.kind) {
    case 'server':
      return toPrimary(new Redis({ ...access, host: at.host, port: at.port, db: at.db }));
    case 'sentinel':
      return toPrimary(
        new Redis({
          ...access,
          sentinels: at.sentinels.map((address) => ({ ...address })),
          name: at.name,
          ...(sentinel?.username !== undefined && { sentinelUsername: sentinel.username }),
          ...(sentinel?.password !== undefined && { sentinelPassword: sentinel.password }),
          ...(tls && { enableTLSForSentinelMode: true }),
          ...(sentinel?.tls && { sentinelTLS: { ...sentinel.tls } }),
          ...SENTINEL_OPTIONS,
        }),
      );
    case 'cluster': {
      const nodes = at.nodes.map((address) => ({ ...address }));
      return toNodes(new Cluster(nodes, { ...clusterOptions(options), redisOptions: access }), options);
    }
  }
}

/** Completes a connection to one server. */
export function toPrimary(redis: Redis): Redis {
  return toleratingLateErrors(followingPrimary(onOwnDatabase(redis)));
}

/** For the primary that Sentinel names. */
export const SENTINEL_OPTIONS = {
  sentinelCommandTimeout: PATIENCE_MS,
  sentinelReconnectStrategy: () => 2 * PATIENCE_MS,
  // Without it, writes go to the old primary until Sentinel demotes it: for 10 s and longer.
  failoverDetector: true,
};

/**
 * Completes a connection to a Cluster. It connects to each node at once: otherwise the first tap on a shard is refused
 * while its connection is being made.
 */
export function toNodes(cluster: Cluster, { commandTimeout }: Options): Cluster {
  cluster.on('+node', (node: Redis) => void node.connect().catch(() => undefined));
  return withDeadline(toleratingLateErrors(cluster), commandTimeout);
}

/** Options of the Cluster as a whole; `Options` are for each node. */
export function clusterOptions({ enableOfflineQueue = true, maxRetriesPerRequest }: Options) {
  return {
    lazyConnect: true,
    // It fails while nodes are being connected, and starts over. A Cluster that is down refuses commands itself.
    enableReadyCheck: false,
    enableOfflineQueue,
    // A command whose connection closed may have run, so it is not retried on another node.
    ...(maxRetriesPerRequest === 0 && { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 }),
    // A node that hangs does not announce its successor.
    slotsRefreshInterval: 2 * PATIENCE_MS,
    slotsRefreshTimeout: PATIENCE_MS,
    clusterRetryStrategy: (attempt: number) => Math.min(50 * 2 ** (attempt - 1), PATIENCE_MS),
    // Keeps host names: certificates are issued for them.
    dnsLookup: (address: string, callback: (error: null, address: string) => void) => callback(null, address),
  };
}
