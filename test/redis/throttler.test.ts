import 'reflect-metadata';
import { afterEach, describe, expect, test } from 'vitest';
import { RedisThrottlerStorage } from '@nest/throttling/redis-storage.js';
import { startCluster } from './cluster-set.js';
import { connected } from './connected.js';
import { admit, denials, PASSWORD } from './documented-users.js';
import { Started, until } from './own-servers.js';
import { KEY_PREFIX } from './pressing.js';
import { startSentinelSet } from './sentinel-set.js';

const started = new Started();
afterEach(() => started.stopAll());

/** What a tap is counted by. */
const countsOf = (user: number | string) => [
  { key: `taps:address:192.0.2.${user}`, limit: 2, ttl: 60_000 },
  { key: `taps:session:user-${user}`, limit: 1, ttl: 60_000 },
];

describe('in a Cluster', () => {
  test('both counts of a tap are under way at once, on different nodes, and users spread over all of them', async () => {
    const { primaries, environment } = await startCluster(started);
    const { ledger } = await connected(started, { ...environment, REDIS_COMMAND_TIMEOUT_MS: '5000' });
    const storage = new RedisThrottlerStorage(ledger, KEY_PREFIX);

    const nodeOf = async (key: string) => {
      for (const node of primaries) {
        const keys = await node.admin.keys(`${KEY_PREFIX}${key}`);
        if (keys.length > 0) return node;
      }
      return undefined;
    };
    for (let user = 0; user < 30; user++) expect(await storage.firstOver(countsOf(user))).toBeUndefined();
    for (const { admin } of primaries) expect(await admin.dbsize()).toBeGreaterThan(5);

    for (let user = 0; ; user++) {
      const [address, session] = countsOf(user).map(({ key }) => key);
      const [first, second] = [await nodeOf(address ?? ''), await nodeOf(session ?? '')];
      if (!first || !second) throw new Error('no user has counters on two nodes');
      if (first === second) continue;
      // The node of the first count is silent: the second one does not wait for it.
      await first.admin.call('CLIENT', 'PAUSE', '5000', 'WRITE');
      const counted = new RedisThrottlerStorage(ledger, KEY_PREFIX).firstOver(countsOf(user));
      await until('the second is counted', async () => (await second.admin.get(`${KEY_PREFIX}${session}`)) === '2');
      expect(await first.admin.get(`${KEY_PREFIX}${address}`)).toBe('1');
      await first.admin.call('CLIENT', 'UNPAUSE');
      expect((await counted)?.key).toBe(session);
      return;
    }
  });
});

test('the documented user may count', async () => {
  const { admin, url } = await started.server();
  await admit(admin, 'push-resend-ledger');
  const user = { REDIS_USERNAME: 'push-resend-ledger', REDIS_PASSWORD: PASSWORD };
  const { ledger } = await connected(started, { REDIS_URL: url, ...user });
  const storage = new RedisThrottlerStorage(ledger, KEY_PREFIX);
  expect(await storage.firstOver(countsOf('1'))).toBeUndefined();
  expect((await storage.firstOver(countsOf('1')))?.key).toBe('taps:session:user-1');
  expect(await denials(admin)).toEqual([]);
});

describe('with Sentinel', () => {
  test('the primary counts', async () => {
    const set = await startSentinelSet(started, { replicas: 1, sentinels: 1 });
    const { ledger } = await connected(started, set.environment);
    const storage = () => new RedisThrottlerStorage(ledger, KEY_PREFIX);
    await until('the primary is there', async () => (await storage().firstOver(countsOf('1'))) === undefined);
    expect((await storage().firstOver(countsOf('1')))?.key).toBe('taps:session:user-1');
    expect((await storage().firstOver(countsOf('1')))?.key).toBe('taps:address:192.0.2.1');
    const { admin } = await set.primary();
    expect(await admin.get(`${KEY_PREFIX}taps:address:192.0.2.1`)).toBe('3');
  });
});
