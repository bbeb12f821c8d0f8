import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redisUrl } from '../support/redis.js';
import { Contender } from './contender.js';
import { fire } from './load.js';
import { summed } from './redis-calls.js';

/** What `npm run bench` compares the service with, does what it is measured doing. */
const running: Contender[] = [];
let twilioUrl: string;

function run(main: string, environment: Record<string, string> = {}): Contender {
  const contender = new Contender(main, environment);
  running.push(contender);
  return contender;
}

beforeAll(async () => void (twilioUrl = `http://127.0.0.1:${await run('fake-twilio.ts').port()}`));
afterAll(() => Promise.all(running.map((contender) => contender.stop())));

test.each([
  ['contenders/bare.ts', 'bare'],
  ['contenders/afternoon.ts', 'afternoon'],
])('%s sends once, remembers it in Redis, and refuses the second tap', async (main, prefix) => {
  const contender = run(main, { TWILIO_URL: twilioUrl, REDIS_URL: redisUrl() });
  const url = `http://127.0.0.1:${await contender.port()}`;
  const identity = `user-${randomBytes(8).toString('hex')}`;
  const path = `/v1/challenges/YC${randomBytes(16).toString('hex')}/notifications`;
  const tap = { method: 'POST', path, headers: { authorization: `Bearer ${identity}` } } as const;
  await fire(url, [tap], { status: 201 });
  const redis = new Redis(redisUrl());
  expect(await redis.pttl(`${prefix}:${identity}`)).toBeGreaterThan(0);
  redis.disconnect();
  await fire(url, [tap, tap], { status: 429 });
  await expect(fire(url, [tap], { status: 201 })).rejects.toThrow('answered 429');
  const { cpuMicros, rssBytes } = await contender.usage();
  expect(cpuMicros).toBeGreaterThan(0);
  expect(rssBytes).toBeGreaterThan(0);
});

test('calls are summed by name', () => {
  expect(summed(['evalsha', 'get', 'evalsha'])).toBe('evalsha ×2, get');
});
