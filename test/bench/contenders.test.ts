import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { redisUrl } from '../support/redis.js';
import { type Rig, startRig } from '../support/rig.js';
import { PROGRAMS } from './contenders.js';
import { KINDS, type Kind, newUsers, shotOf, type User } from './kinds.js';
import { fire } from './load.js';
import { exceed } from './rounds.js';
import type { Runner } from './runner.js';
import { startTwilio, type Upstream } from './upstream.js';

/** What `npm run bench` compares the service with, does what it is measured doing. */
type Name = keyof typeof PROGRAMS;
const NAMES = Object.keys(PROGRAMS) as Name[];

const running: { stop(): Promise<void> }[] = [];
let upstream: Upstream;

beforeAll(async () => void running.push((upstream = await startTwilio({ tls: true }))));
afterAll(() => Promise.all(running.map((one) => one.stop())));
vi.setConfig({ testTimeout: 60_000 }); // two processes are started in each

async function start(name: Name, at = upstream): Promise<Runner> {
  const runner = await PROGRAMS[name]({ upstream: at, redisUrl: redisUrl() });
  running.push(runner.process);
  return runner;
}

async function newUser({ login }: Pick<Runner, 'login'>): Promise<User> {
  const [user] = await newUsers(1, login);
  if (!user) throw new Error('no user');
  return user;
}

test.each(NAMES)('%s answers each kind of request with what shows that it was one', async (name) => {
  const runner = await start(name);
  const user = await newUser(runner);
  for (const kind of runner.kinds) {
    if (kind === 'throttled') await exceed(runner.url, [user]);
    await fire(runner.url, [shotOf(kind, user)], KINDS[kind]);
  }
  await expect(fire(runner.url, [shotOf('refused', user)], { status: 201 })).rejects.toThrow('answered 429');
  const { cpuMicros, rssBytes } = await runner.process.usage();
  expect(cpuMicros).toBeGreaterThan(0);
  expect(rssBytes).toBeGreaterThan(0);
});

test.each(NAMES)('%s remembers in Redis that it has sent: another process refuses, too', async (name) => {
  const [one, other] = await Promise.all([start(name), start(name)]);
  const user = await newUser(one);
  await fire(one.url, [user.tap], KINDS.accepted);
  await fire(other.url, [shotOf('refused', user)], KINDS.refused);
});

test('a session that is over its limit is told so, and not before', async () => {
  const peer = await start('peer');
  const user = await newUser(peer);
  await fire(peer.url, [user.tap], KINDS.accepted);
  await expect(fire(peer.url, [shotOf('throttled', user)], KINDS.throttled)).rejects.toThrow('not as expected');
  await exceed(peer.url, [user]);
  await expect(fire(peer.url, [shotOf('refused', user)], KINDS.refused)).rejects.toThrow('not as expected');
});

const TIMES = /"(sentAt|expiresInSeconds|availableInSeconds)":("[^"]*"|\d+)/g;

describe('L and the service', () => {
  let least: Runner;
  let service: Rig;

  beforeAll(async () => {
    const twilio = await startTwilio();
    running.push(twilio);
    least = await start('least', twilio);
    service = await startRig({
      TWILIO_BASE_URL: twilio.url,
      REDIS_URL: redisUrl(),
      RESEND_COALESCE_SECONDS: '0',
      CHALLENGE_CACHE_SECONDS: '60',
      RESEND_DISPATCH_TO_SEND_MS: '5000',
      TWILIO_FETCH_DEADLINE_MS: '10000',
      TWILIO_CREATE_DEADLINE_MS: '10000',
      RESEND_LEASE_SECONDS: '60',
    });
  }, 60_000);
  afterAll(() => service.close());

  async function login([identity = '']: readonly string[]) {
    const { body } = await service.ops
      .post('/internal/v1/sessions')
      .set('authorization', `Bearer ${service.apiKey}`)
      .send({ identity, expiresInSeconds: 600 });
    return [{ authorization: `Bearer ${(body as { token: string }).token}` }];
  }

  test.each(['accepted', 'replayed', 'refused', 'look'] as const)('give the same answer: %s', async (kind) => {
    const [one, other] = [await newUser(least), await newUser({ login })];
    const onSameChallenge = { ...one, tap: { ...one.tap, path: other.tap.path } };
    const byLeast = await answer(least.url, kind, onSameChallenge);
    const byService = await answer(`http://127.0.0.1:${service.ports.public}`, kind, other);
    expect(byService.body).toMatchObject(byLeast.body);
    expect({ ...byLeast, body: {} }).toEqual({ ...byService, body: {} });
  });
});

async function answer(url: string, kind: Kind, user: User) {
  if (kind !== 'accepted') await fire(url, [user.tap], KINDS.accepted);
  const { method, path, headers: sent } = shotOf(kind, user);
  const { statusCode: status, headers, body } = await request(url + path, { method, headers: sent });
  const text = (await body.text()).replaceAll(TIMES, '"$1":"some time"');
  const { 'ratelimit-policy': policy, 'idempotent-replayed': replayed } = headers;
  return { status, policy, replayed, body: JSON.parse(text) as object };
}
