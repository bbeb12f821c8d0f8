import { setImmediate as turn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connectLike } from '@redis/connect-like.js';
import { startCluster } from './cluster-set.js';
import { connected } from './connected.js';
import { Started, until } from './own-servers.js';

const started = new Started();
afterEach(() => started.stopAll());

/** How often a connection hands bytes to its socket. */
function writesOf({ stream }: Redis): () => number {
  const [single, several] = [vi.spyOn(stream, '_write'), vi.spyOn(stream, '_writev' as '_write')];
  return () => single.mock.calls.length + several.mock.calls.length;
}

/** Sends ten commands: some at once, some after promises and ticks of the same turn. @returns the first and the last reply */
async function sendTen(redis: Redis): Promise<unknown[]> {
  const replies: Promise<unknown>[] = [];
  for (let number = 0; number < 5; number++) replies.push(redis.rpush('list', number));
  await Promise.resolve();
  for (let number = 5; number < 8; number++) replies.push(redis.rpush('list', number));
  await new Promise<void>((resolve) => process.nextTick(resolve));
  for (let number = 8; number < 10; number++) replies.push(redis.rpush('list', number));
  const all = await Promise.all(replies);
  return [all[0], all.at(-1)];
}

describe('what is sent in one turn of the event loop', () => {
  test('leaves in one write, in its order', async () => {
    const { url } = await started.server();
    const { ledger, sessions } = await connected(started, { REDIS_URL: url });
    for (const redis of [ledger, sessions] as Redis[]) {
      await redis.del('list');
      const writes = writesOf(redis);
      expect(await sendTen(redis)).toEqual([1, 10]);
      expect(await redis.lrange('list', 0, -1)).toEqual('0123456789'.split(''));
      expect(writes()).toBe(2);
    }
  });

  test('has left when the turn is over', async () => {
    const { url } = await started.server();
    const redis = (await connected(started, { REDIS_URL: url })).ledger as Redis;
    for (let time = 0; time < 3; time++) {
      const reply = redis.ping();
      expect(redis.stream.writableLength).toBeGreaterThan(0);
      await turn();
      expect(redis.stream.writableLength).toBe(0);
      expect(await reply).toBe('PONG');
    }
  });

  test('leaves in one write after a reconnect, too', async () => {
    const { url, admin } = await started.server();
    const redis = (await connected(started, { REDIS_URL: url })).ledger as Redis;
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('it is connected again', async () => (await redis.ping()) === 'PONG');
    const writes = writesOf(redis);
    expect(await sendTen(redis)).toEqual([1, 10]);
    expect(writes()).toBe(1);
  });

  test('leaves in one write on a copy of a host’s client, whose own writes stay as they are', async () => {
    const { port } = await started.server();
    const own = started.client({ port });
    const { ledger } = connectLike(own, { commandTimeoutMs: 1000 });
    started.add(() => ledger.disconnect());
    await ledger.connect();
    await own.ping();
    const [writes, ownWrites] = [writesOf(ledger as Redis), writesOf(own)];
    await Promise.all([sendTen(ledger as Redis), own.ping(), own.ping()]);
    expect(writes()).toBe(1);
    expect(ownWrites()).toBe(2);
  });

  test('leaves in one write a node of a Cluster', async () => {
    const { environment } = await startCluster(started);
    const { ledger } = await connected(started, { ...environment, REDIS_COMMAND_TIMEOUT_MS: '5000' });
    const nodes = 'nodes' in ledger ? ledger.nodes('master') : [];
    expect(nodes).toHaveLength(3);
    const writes = nodes.map(writesOf);
    const keys = Array.from({ length: 30 }, (_, number) => `key-${number}`);
    await Promise.all(keys.map((key) => ledger.set(key, 1)));
    expect(writes.map((count) => count())).toEqual([1, 1, 1]);
  });
});
