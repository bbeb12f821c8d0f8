import { Cluster, type Redis } from 'ioredis';
import {
  clusterOptions,
  type ConnectionOptions,
  ledgerOptions,
  type Options,
  type RedisConnection,
  SENTINEL_OPTIONS,
  sessionOptions,
  toNodes,
  toPrimary,
} from './connection.js';
import { corked } from './corked.js';
import { followLedger } from './following-primary.js';
import type { RedisConnections } from './connections.js';

/**
 * Our two connections, to the server of an existing client. The client and its settings are left alone; its `keyPrefix`
 * is not used.
 */
export function connectLike(client: Redis | Cluster, options: ConnectionOptions): RedisConnections {
  const ledger = corked(like(client, ledgerOptions(options)));
  const sessions = corked(like(client, sessionOptions(options)));
  followLedger(sessions, ledger);
  return { ledger, sessions };
}

function like(client: Redis | Cluster, options: Options): RedisConnection {
  const own = { ...options, ...PLAIN, readOnly: false };
  if (!(client instanceof Cluster)) {
    const sentinelOptions = client.options.sentinels && SENTINEL_OPTIONS;
    return toPrimary(client.duplicate({ ...own, role: 'master', ...sentinelOptions }));
  }
  const cluster = { ...clusterOptions(options), keyPrefix: '', scripts: {}, scaleReads: 'master' as const };
  return toNodes(client.duplicate([], { ...cluster, redisOptions: own }), options);
}

/** Options that a client may have set for its own use. A replica may lag, and delay a pause. */
const PLAIN = { keyPrefix: '', scripts: {}, enableAutoPipelining: false, stringNumbers: false };
