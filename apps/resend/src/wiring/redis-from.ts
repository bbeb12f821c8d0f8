import { readFileSync } from 'node:fs';
import { Cluster } from 'ioredis';
import { connectLedger, connectSessions, type RedisConnection } from '@redis/connection.js';
import { addressesOf, placeOf, type RedisPlace } from '@redis/place.js';
import { everyReplica, replicasByCluster, replicasBySentinel } from '@redis/replica-count.js';
import type { ReplicaOptions } from '@redis/replicas.js';
import type { Settings } from '@settings/settings.js';

/** Connections to Redis, not yet opened: one for the ledger and the taps, one for sessions. */
export interface RedisConnections {
  readonly ledger: RedisConnection;
  readonly sessions: RedisConnection;
  /** Given: what a dispatch waits for. */
  readonly replicas?: ReplicaOptions;
}

/** @returns undefined where the settings name no Redis */
export function redisFrom(settings: Settings): RedisConnections | undefined {
  const place = placeFrom(settings);
  if (!place) return undefined;
  const options = { commandTimeoutMs: settings.redisCommandTimeoutMs };
  const ledger = connectLedger(place, options);
  const sessions = connectSessions(placeOfSessions(settings, place), options);
  const replicas = replicasFrom(settings, place, ledger);
  return { ledger, sessions, ...(replicas && { replicas }) };
}

/** Sessions of another service can be in another Redis; ours are in the ledger's. */
function placeOfSessions(settings: Settings, ledger: RedisPlace): RedisPlace {
  const { sessionStrategy, sessionStoreRedisUrl, redisSessionUsername, redisSessionPassword } = settings;
  if (sessionStrategy === 'express-session' && sessionStoreRedisUrl !== '')
    return placeOf(sessionStoreRedisUrl, caFrom(settings));
  return { ...ledger, ...credentials(redisSessionUsername, redisSessionPassword) };
}

/** Where the settings say that Redis is. */
export function placeFrom(settings: Settings): RedisPlace | undefined {
  const ca = caFrom(settings);
  const own = credentials(settings.redisUsername, settings.redisPassword);
  if (settings.redisUrl !== '') return { ...placeOf(settings.redisUrl, ca), ...own };
  const access = { ...own, ...(settings.redisTls === 'true' && { tls: ca === undefined ? {} : { ca } }) };
  if (settings.redisSentinels !== '') {
    const sentinels = addressesOf(settings.redisSentinels);
    return {
      at: { kind: 'sentinel', sentinels, name: settings.redisSentinelName },
      ...access,
      sentinel: credentials(settings.redisSentinelUsername, settings.redisSentinelPassword),
    };
  }
  if (settings.redisClusterNodes === '') return undefined;
  return { at: { kind: 'cluster', nodes: addressesOf(settings.redisClusterNodes) }, ...access };
}

function caFrom({ redisCaFile }: Settings): string | undefined {
  return redisCaFile === '' ? undefined : readFileSync(redisCaFile, 'utf8');
}

function credentials(username: string, password: string) {
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

function replicasFrom(settings: Settings, place: RedisPlace, ledger: RedisConnection): ReplicaOptions | undefined {
  const { redisWaitReplicas, redisWaitMs: timeoutMs, redisCommandTimeoutMs } = settings;
  if (redisWaitReplicas === '0') return undefined;
  if (redisWaitReplicas !== 'all') return { wanted: () => Promise.resolve(Number(redisWaitReplicas)), timeoutMs };
  const ask = () =>
    ledger instanceof Cluster ? replicasByCluster(ledger) : replicasBySentinel(place, redisCommandTimeoutMs);
  return { wanted: everyReplica(ask), timeoutMs };
}
