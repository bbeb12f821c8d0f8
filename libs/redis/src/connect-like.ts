import { Cluster, type Redis } from 'ioredis';
import {
  clusterOptions,
  connectingNodes,
  type ConnectionOptions,
  ledgerOptions,
  type Options,
  type RedisConnection,
  SENTINEL_OPTIONS,
  sessionOptions,
} from './connection.js';
import { corked } from './corked.js';
import type { RedisConnections } from './connections.js';

/**
 * Our two connections, to the server of an existing client. The client and its settings are left alone; its `keyPrefix`
 * is not used.
 */
export function connectLike(client: Redis | Cluster, options: ConnectionOptions): RedisConnections {
  return {
    ledger: corked(like(client, ledgerOptions(options))),
    sessions: corked(like(client, sessionOptions(options))),
  };
}

function like(client: Redis | Cluster, options: Options): RedisConnection {
  const own = { ...options, ...PLAIN, readOnly: false };
  if (!(client instanceof Cluster)) {
    return client.duplicate({ ...own, role: 'master', ...(client.options.sentinels && SENTINEL_OPTIONS) });
  }
  const cluster = { ...clusterOptions(options), keyPrefix: '', scripts: {}, scaleReads: 'master' as const };
  return connectingNodes(client.duplicate([], { ...cluster, redisOptions: own }));
}

/** What a client may have set for its own use. A replica, which it may read from, can be behind: a pause would come late. */
const PLAIN = { keyPrefix: '', scripts: {}, enableAutoPipelining: false, stringNumbers: false };
