import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { placeOf } from '@redis/place.js';
import { parseAddresses } from '@settings/addresses.js';
import { placeFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { settingsWith } from './connected.js';

const sentinels = { REDIS_SENTINELS: 'one:26379,[::1]:26380' };
const cluster = { REDIS_CLUSTER_NODES: '10.0.0.1:7000,two.internal:7001' };

describe('where Redis is', () => {
  test('is told by a URL', () => {
    expect(placeOf('redis://host')).toEqual({ at: { kind: 'server', host: 'host', port: 6379, db: 0 } });
    expect(placeOf('rediss://u%3Aser:p%40ss@[::1]:6380/2', { ca: 'PEM' })).toEqual({
      at: { kind: 'server', host: '::1', port: 6380, db: 2 },
      username: 'u:ser',
      password: 'p@ss',
      tls: { ca: 'PEM' },
    });
  });

  test('is told by sentinels, or by nodes of a Cluster', () => {
    expect(parseAddresses('one:26379,[::1]:26380')).toEqual([
      { host: 'one', port: 26_379 },
      { host: '::1', port: 26_380 },
    ]);
    expect(placeFrom(settingsWith({ ...sentinels, REDIS_SENTINEL_NAME: 'own', REDIS_TLS: 'true' }))).toMatchObject({
      at: { kind: 'sentinel', name: 'own' },
      tls: {},
    });
    expect(placeFrom(settingsWith({ ...cluster, REDIS_PASSWORD: 'secret' }))).toMatchObject({
      at: { kind: 'cluster', nodes: [{ host: '10.0.0.1', port: 7000 }, { host: 'two.internal' }] },
      password: 'secret',
    });
    expect(placeFrom(settingsWith({}))).toBeUndefined();
  });

  test.each([
    [{ ...sentinels, ...cluster }, 'REDIS_URL: give it, REDIS_SENTINELS or REDIS_CLUSTER_NODES'],
    [{ REDIS_URL: 'redis://host?maxRetriesPerRequest=20' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://host', REDIS_TLS: 'true' }, 'REDIS_TLS'],
    [{ REDIS_URL: 'redis://host', REDIS_WAIT_REPLICAS: 'all' }, 'REDIS_WAIT_REPLICAS'],
    [{ REDIS_URL: 'redis://host', REDIS_WAIT_REPLICAS: 'most' }, 'REDIS_WAIT_REPLICAS'],
    [{ ...sentinels, REDIS_WAIT_REPLICAS: 'all', REDIS_WAIT_MS: '300' }, 'REDIS_WAIT_MS'],
    [{ ...sentinels, REDIS_WAIT_REPLICAS: '1', REDIS_COMMAND_TIMEOUT_MS: '400' }, 'REDIS_WAIT_MS'],
    [{ REDIS_SENTINELS: 'one' }, 'REDIS_SENTINELS'],
    [{ REDIS_SENTINELS: 'one:26379,' }, 'REDIS_SENTINELS'],
    [{ REDIS_SENTINELS: 'one:26379, two:26379' }, 'REDIS_SENTINELS'],
    [{ REDIS_SENTINELS: '::1:26379' }, 'REDIS_SENTINELS'],
    [{ REDIS_CLUSTER_NODES: 'one:65536' }, 'REDIS_CLUSTER_NODES'],
    [{ REDIS_URL: 'redis://host', REDIS_TLS: 'yes' }, 'REDIS_TLS'],
    [{ REDIS_URL: 'redis://host', REDIS_WAIT_REPLICAS: '10' }, 'REDIS_WAIT_REPLICAS'],
    [{ REDIS_URL: 'rediss://host', REDIS_CA_FILE: '/nowhere' }, 'REDIS_CA_FILE: can not be read'],
    [{ ...sentinels, IDENTITY_HASH_SECRET: '' }, 'IDENTITY_HASH_SECRET'],
  ])('is not told by %o', (environment, complaint) => {
    expect(() => settingsWith(environment)).toThrow(complaint);
  });
});
