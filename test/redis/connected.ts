import { Cluster } from 'ioredis';
import { open } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import { readSettings } from '@settings/read-settings.js';
import type { Settings } from '@settings/settings.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { type Started, until } from './own-servers.js';

/** Settings of a service whose Redis is as told. */
export function settingsWith(environment: Record<string, string>): Settings {
  return readSettings({
    TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
    TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
    TWILIO_API_KEY_SECRET: 'secret',
    TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
    IDENTITY_HASH_SECRET: 'a secret that only the tests of this service have',
    ...environment,
  });
}

/** The service's own connections, opened. */
export async function connected(started: Started, environment: Record<string, string>): Promise<RedisConnections> {
  const redis = redisFrom(settingsWith(environment));
  if (!redis) throw new Error('the settings name no Redis');
  for (const connection of [redis.ledger, redis.sessions]) {
    connection.on('error', () => undefined);
    started.add(() => connection.disconnect());
    const opened = open(connection);
    // Of a Cluster, a busy machine may not open all in time; it goes on trying.
    const isThere = () => until('the Cluster is connected', () => connection.status === 'ready');
    await (connection instanceof Cluster ? opened.catch(isThere) : opened);
  }
  return redis;
}
