import type { RedisConnection } from './connection.js';
import type { ReplicaOptions } from './replicas.js';

/** One connection for the ledger and the counters, one for sessions: made by `connectLedger` and `connectSessions`. */
export interface RedisConnections {
  readonly ledger: RedisConnection;
  readonly sessions: RedisConnection;
  /** If given, a dispatch waits until this many replicas have it. */
  readonly replicas?: ReplicaOptions;
}
