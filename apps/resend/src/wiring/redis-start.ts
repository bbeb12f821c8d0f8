import type { Logger } from 'pino';
import { watchRedis } from '@nest/lifecycle/redis-watch.js';
import { open, type RedisConnection } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import { dangersOf } from '@redis/dangers.js';
import { type WrongServer, wrongServerOf } from '@redis/wrong-server.js';
import type { Settings } from '@settings/settings.js';

/** Whether to refuse an unsafe Redis (see `dangersOf`): in production, unless REDIS_ALLOW_UNSAFE is set. */
export function mustBeSafe({ nodeEnv, redisAllowUnsafe }: Settings): boolean {
  return nodeEnv === 'production' && !redisAllowUnsafe;
}

/**
 * Opens the connections and checks Redis once. If Redis can not be reached, the service still starts: it is not ready,
 * refuses every tap, and keeps reconnecting.
 * @param onWrongServer called when Redis is reached later and is not of the kind in the settings; the reason has been logged
 * @returns false if the service must not start with this Redis; the reason has been logged
 */
export async function openRedis(
  redis: RedisConnections,
  settings: Settings,
  log: Logger,
  onWrongServer: () => void = () => {},
): Promise<boolean> {
  watchRedis(redis, log);
  // `watchRedis` logs the errors, and ioredis keeps reconnecting.
  await Promise.all([redis.ledger, redis.sessions].map((connection) => open(connection).catch(() => undefined)));
  if (!(await fit(redis, settings, { log, onWrongServer }))) return false;
  if (settings.nodeEnv !== 'production') return true;
  const dangers = await dangersOf(redis.ledger, {
    isPersistenceTrusted: settings.redisPersistence === 'trusted',
  }).catch(() => []);
  if (dangers.length === 0) return true;
  if (mustBeSafe(settings)) {
    log.fatal(
      { event: 'redis.unsafe', dangers },
      'not starting: this Redis may lose resends; fix `dangers`, or set REDIS_ALLOW_UNSAFE=true',
    );
    return false;
  }
  log.warn({ event: 'redis.unsafe', dangers }, 'this Redis may lose resends; started because of REDIS_ALLOW_UNSAFE');
  return true;
}

type Variable = 'REDIS_URL' | 'SESSION_STORE_REDIS_URL';

/** Whether Redis is of the kind in the settings: checked now, and whenever a connection opens again. */
async function fit(
  { ledger, sessions }: RedisConnections,
  settings: Settings,
  { log, onWrongServer }: { readonly log: Logger; readonly onWrongServer: () => void },
): Promise<boolean> {
  if (settings.redisAllowUnsafe) return true;
  const isFit = async (redis: RedisConnection, variable: Variable) => {
    const wrongServer = await wrongServerOf(redis);
    if (wrongServer) log.fatal({ event: 'redis.wrong-server' }, `not running: ${instead(variable, wrongServer)}`);
    return wrongServer === undefined;
  };
  const isStore = settings.sessionStrategy === 'express-session' && settings.sessionStoreRedisUrl !== undefined;
  const places: [RedisConnection, Variable][] = [[ledger, 'REDIS_URL']];
  if (isStore) places.push([sessions, 'SESSION_STORE_REDIS_URL']);
  const checks = places.map(async ([redis, variable]) => {
    const isFitNow = await isFit(redis, variable);
    redis.on('ready', () => void isFit(redis, variable).then((isFitThen) => isFitThen || onWrongServer()));
    return isFitNow;
  });
  return (await Promise.all(checks)).every(Boolean);
}

function instead(variable: Variable, wrongServer: WrongServer): string {
  const is = `${variable} points to ${wrongServer}`;
  if (variable === 'SESSION_STORE_REDIS_URL') {
    return `${is}; unset it to keep the sessions in this service's Redis, or use a single server`;
  }
  return wrongServer === 'a sentinel'
    ? `${is}; set REDIS_SENTINELS instead, such as REDIS_SENTINELS=host:26379`
    : `${is}; set REDIS_CLUSTER_NODES instead, such as REDIS_CLUSTER_NODES=host:6379`;
}
