/** The connections that are made of a host's Redis client: where it leads, and how safe they are whatever it is set to. */
import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { watchRedis } from '@nest/lifecycle/redis-watch.js';
import { connectLike } from '@redis/connect-like.js';

const TIMEOUT = { commandTimeoutMs: 250 };
const BEHIND = { lazyConnect: true, keyPrefix: 'host:', stringNumbers: true, enableAutoPipelining: true };

describe('of a client that reads from replicas', () => {
  test('that Sentinel names, both connections find a new primary at once', () => {
    const sentinels = [{ host: '127.0.0.1', port: 1 }];
    const client = new Redis({ ...BEHIND, sentinels, name: 'main', role: 'slave', password: 'secret' });
    const before = { ...client.options };
    const { ledger, sessions } = connectLike(client, TIMEOUT);
    for (const { options } of [ledger, sessions]) {
      expect(options).toMatchObject({ sentinels, name: 'main', password: 'secret', lazyConnect: true });
      expect(options).toMatchObject({ role: 'master', failoverDetector: true, sentinelCommandTimeout: 1000 });
      expect(options).toMatchObject({ keyPrefix: '', stringNumbers: false, enableAutoPipelining: false });
    }
    expect(client.options).toEqual(before);
  });

  test('of a Cluster, both connections ask the primaries, and connect to each node as it is found', () => {
    const redisOptions = { username: 'host', password: 'secret', stringNumbers: true };
    const client = new Cluster([{ host: '127.0.0.1', port: 1 }], {
      lazyConnect: true,
      keyPrefix: 'host:',
      scaleReads: 'slave',
      redisOptions,
    });
    const { ledger, sessions } = connectLike(client, TIMEOUT);
    for (const connection of [ledger, sessions]) {
      expect(connection.options).toMatchObject({ scaleReads: 'master', keyPrefix: '', lazyConnect: true });
      expect(connection.options).toMatchObject({
        redisOptions: { username: 'host', password: 'secret', stringNumbers: false, commandTimeout: 250 },
      });
      expect(connection.listenerCount('+node')).toBe(client.listenerCount('+node') + 3); // connected, corked, and its errors heard
    }
    expect(client.options).toMatchObject({ scaleReads: 'slave', keyPrefix: 'host:', redisOptions });
  });

  test('of one server, no Sentinel comes in', () => {
    const { ledger } = connectLike(new Redis({ ...BEHIND, db: 3 }), TIMEOUT);
    expect(ledger.options).toMatchObject({ db: 3, failoverDetector: false, keyPrefix: '' });
  });
});

test('a Cluster that is closed by us is not lost, and one that is closed by its nodes is', async () => {
  const clusters = { ledger: new EventEmitter(), sessions: new EventEmitter() };
  const error = vi.fn();
  watchRedis(clusters as never, { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error });
  // As ioredis does: `end` comes between the first and the other nodes.
  for (const event of ['close', 'end', 'close', 'close']) {
    await new Promise<void>((resolve) => process.nextTick(resolve));
    clusters.ledger.emit(event);
  }
  clusters.sessions.emit('close');
  await setImmediate();
  expect(error.mock.calls).toEqual([[{ event: 'redis.error', connection: 'sessions' }, expect.any(String)]]);
});
