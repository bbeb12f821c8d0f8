import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BreakableRedis } from '../chaos/breakable-redis.js';
import { passDay, redisVitals } from './redis-day.js';

const redis = new BreakableRedis();
beforeAll(() => redis.start());
afterAll(() => redis.stop());

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
