import { Cluster } from 'ioredis';
import { connectLedger, connectSessions, type RedisConnection } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import { followLedger } from '@redis/following-primary.js';
import { type Credentials, endpointOf, type RedisEndpoint, type Tls } from '@redis/endpoint.js';
import { everyReplica, replicasByCluster, replicasBySentinel } from '@redis/replica-count.js';
import type { ReplicaOptions } from '@redis/replicas.js';
import type { Settings } from '@settings/settings.js';
import { textOfFile } from '@settings/text-file.js';

/** Unopened connections to Redis. @returns undefined if the settings have no Redis */
export function redisFrom(settings: Settings): RedisConnections | undefined {
  const endpoint = endpointFrom(settings);
  if (!endpoint) return undefined;
  const options = { commandTimeoutMs: settings.redisCommandTimeoutMs };
  const ledger = connectLedger(endpoint, options);
  const sessionEndpoint = sessionEndpointFrom(settings, endpoint);
  const sessions = connectSessions(sessionEndpoint, options);
  if (sessionEndpoint.at === endpoint.at) followLedger(sessions, ledger);
  const replicas = replicasFrom(settings, endpoint, ledger);
  return { ledger, sessions, ...(replicas && { replicas }) };
}

/** An express-session store may use another Redis; all other sessions are in the ledger's Redis. */
function sessionEndpointFrom(settings: Settings, ledger: RedisEndpoint): RedisEndpoint {
  const { sessionStrategy, sessionStoreRedisUrl, redisSessionUsername, redisSessionPassword } = settings;
  if (sessionStrategy === 'express-session' && sessionStoreRedisUrl !== undefined) {
    const { servername: _ofTheLedger, ...tls } = tlsFrom(settings);
    return endpointOf(sessionStoreRedisUrl, tls);
  }
  return { ...ledger, ...credentials(redisSessionUsername, redisSessionPassword) };
}

/** The Redis server, sentinels or cluster of the settings; undefined when they name none. */
export function endpointFrom(settings: Settings): RedisEndpoint | undefined {
  const tls = tlsFrom(settings);
  const own = credentials(settings.redisUsername, settings.redisPassword);
  if (settings.redisUrl !== undefined) return { ...endpointOf(settings.redisUrl, tls), ...own };
  const { redisTls, redisSentinelTls = String(redisTls) } = settings;
  const access = { ...own, ...(redisTls && { tls }) };
  if (settings.redisSentinels.length > 0) {
    return {
      at: { kind: 'sentinel', sentinels: settings.redisSentinels, name: settings.redisSentinelName },
      ...access,
      sentinel: {
        ...credentials(settings.redisSentinelUsername, settings.redisSentinelPassword),
        ...(redisSentinelTls === 'true' && { tls }),
      },
    };
  }
  if (settings.redisClusterNodes.length === 0) return undefined;
  return { at: { kind: 'cluster', nodes: settings.redisClusterNodes }, ...access };
}

function tlsFrom({ redisCaFile, redisCertFile, redisKeyFile, redisTlsServername: servername }: Settings): Tls {
  return {
    ...(redisCaFile !== undefined && { ca: textOfFile(redisCaFile) }),
    ...(redisCertFile !== undefined && { cert: textOfFile(redisCertFile) }),
    ...(redisKeyFile !== undefined && { key: textOfFile(redisKeyFile) }),
    ...(servername !== undefined && { servername }),
  };
}

function credentials(username: string | undefined, password: string | undefined): Credentials {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}

function replicasFrom(
  settings: Settings,
  endpoint: RedisEndpoint,
  ledger: RedisConnection,
): ReplicaOptions | undefined {
  const { redisWaitReplicas: wanted, redisWaitMs: timeoutMs, redisCommandTimeoutMs } = settings;
  if (wanted === 0) return undefined;
  if (wanted !== 'all') return { wanted: () => Promise.resolve(wanted), timeoutMs };
  const ask = () =>
    ledger instanceof Cluster ? replicasByCluster(ledger) : replicasBySentinel(endpoint, redisCommandTimeoutMs);
  return { wanted: everyReplica(ask), timeoutMs };
}
