/** What a run is measured with and disturbed by, each against what it measures. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BreakableRedis } from '../chaos/breakable-redis.js';
import { outsideOf } from './outside.js';
import { passDay, redisVitals } from './redis-day.js';

const redis = new BreakableRedis();
beforeAll(() => redis.start());
afterAll(() => redis.stop());

test('a process is seen from outside: its memory, its descriptors, its sockets by state', async () => {
  const before = outsideOf(process.pid);
  expect(before.rssBytes).toBeGreaterThan(20 * 2 ** 20);
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  const during = outsideOf(process.pid);
  expect(during.sockets['LISTEN']).toBe((before.sockets['LISTEN'] ?? 0) + 1);
  expect(during.sockets['ESTAB']).toBe((before.sockets['ESTAB'] ?? 0) + 2);
  expect(during.descriptors).toBe(before.descriptors + 3);
  client.end(); // and the other side leaves it half-open
  await once(accepted.resume(), 'end');
  expect(outsideOf(process.pid).sockets).toMatchObject({ 'CLOSE-WAIT': 1, 'FIN-WAIT-2': 1 });
  accepted.destroy();
  server.close();
});

test('when a day has passed, only keys that live longer are left', async () => {
  await redis.ask(async (client) => {
    await client.set('session', '', 'EX', 3600);
    await client.set('a user’s resends', '', 'EX', 25 * 3600);
    await client.set('kept for a week', '', 'EX', 7 * 24 * 3600);
    await client.set('immortal', '');
  });
  expect(await redisVitals(redis)).toMatchObject({ keys: 4, clients: 0 });
  await passDay(redis);
  expect((await redis.ask((client) => client.keys('*'))).toSorted()).toEqual(['immortal', 'kept for a week']);
});

test('a slow reply of Redis is not overtaken by the next one', async () => {
  const client = new Redis(redis.url);
  const echoed: string[] = [];
  const echo = async (word: string) => void echoed.push(await client.echo(word));
  await echo('connected');
  for (const delayMs of [30, 20, 10, 0]) {
    redis.delayReplies(delayMs);
    const asked = echo(`${delayMs} ms`);
    await redis.ask((other) => other.ping()); // the command has arrived, and so has its reply at the proxy
    if (delayMs === 0) await asked;
  }
  expect(echoed).toEqual(['connected', '30 ms', '20 ms', '10 ms', '0 ms']);
  client.disconnect();
});
