/** How often a request waits for Redis, and what it asks: on one server, with a Redis user for sessions, in a Cluster. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConsumerRig, startConsumerRig } from '../internal/consumer.js';
import { startCluster } from './cluster-set.js';
import { admit, PASSWORD } from './documented-users.js';
import { Started } from './own-servers.js';
import { type Recorded, recordCommands } from './recorded-commands.js';

interface Place {
  readonly name: string;
  readonly environment: (started: Started) => Promise<Record<string, string>>;
  /** What is asked at the door. */
  readonly front: readonly string[];
}

const APART = ['script address', 'script session-counter', 'get session', 'get pause'];

const places: readonly Place[] = [
  {
    name: 'on one server',
    environment: async (started) => ({ REDIS_URL: (await started.server()).url }),
    front: ['script address session-counter session pause'],
  },
  {
    name: 'on one server, with a user of its own for sessions',
    environment: async (started) => {
      const { url, admin } = await started.server();
      await admit(admin, 'push-resend-sessions');
      return { REDIS_URL: url, REDIS_SESSION_USERNAME: 'push-resend-sessions', REDIS_SESSION_PASSWORD: PASSWORD };
    },
    front: APART,
  },
  { name: 'in a Cluster', environment: async (started) => (await startCluster(started)).environment, front: APART },
];

describe.each(places)('$name', ({ environment, front }) => {
  const started = new Started();
  let consumer: ConsumerRig;
  beforeAll(async () => {
    const limits = { THROTTLE_SESSION_PER_MINUTE: '3', THROTTLE_ADDRESS_PER_MINUTE: '1000' };
    consumer = await startConsumerRig({ ...(await environment(started)), ...limits, RESEND_COALESCE_SECONDS: '0' });
    started.add(() => consumer.rig.close());
    const screen = await consumer.rig.login();
    await screen.tap().expect(201); // Redis learns the scripts
  }, 60_000);
  afterAll(() => started.stopAll());

  let redis: Recorded;
  beforeEach(() => (redis = recordCommands()));
  afterEach(() => redis.stop());

  async function waitsOf(request: PromiseLike<unknown>): Promise<string[][]> {
    redis.waits();
    await request;
    return redis.waits();
  }

  test('an accepted tap waits four times', async () => {
    const screen = await consumer.rig.login();
    expect(await waitsOf(screen.tap().expect(201))).toEqual([front, ['reserve'], ['dispatch'], ['settle']]);
  });

  test('a refused tap and a replayed one wait twice', async () => {
    const screen = await consumer.rig.login();
    await screen.tap({ key: 'press-0001' }).expect(201);
    expect(await waitsOf(screen.tap({ key: 'press-0002' }).expect(429))).toEqual([front, ['reserve']]);
    expect(await waitsOf(screen.tap({ key: 'press-0001' }).expect(201))).toEqual([front, ['reserve']]);
  });

  test('a tap over its limit waits once, and then never: it is known', async () => {
    const screen = await consumer.rig.login();
    for (const status of [201, 429, 429]) await screen.tap().expect(status);
    const isTooMany = () =>
      screen
        .tap()
        .expect(429)
        .expect(/too-many-requests/);
    expect(await waitsOf(isTooMany())).toEqual([front]);
    expect(await waitsOf(isTooMany())).toEqual([]);
  });

  test('a tap whose session is over waits once', async () => {
    const screen = await consumer.rig.login();
    await consumer.rig.ops
      .delete(`/internal/v1/sessions/${screen.token.slice(4, 36)}`)
      .set('authorization', `Bearer ${consumer.rig.apiKey}`)
      .expect(204);
    expect(await waitsOf(screen.tap().expect(401))).toEqual([front]);
  });

  test('a tap while resends are paused waits once more, for the end of the pause', async () => {
    const { desk, rig } = consumer;
    const screen = await rig.login();
    await desk.pause({ paused: true, reason: 'to see it', expiresInSeconds: 60 }).expect(200);
    expect(await waitsOf(screen.tap().expect(503))).toEqual([front, ['pttl pause']]);
    await desk.pause({ paused: false, reason: 'seen' }).expect(200);
  });

  test('a look at what is known waits twice; one that asks Twilio asks for the pause after that', async () => {
    const screen = await consumer.rig.login();
    expect(await waitsOf(screen.look().expect(200))).toEqual([front, ['look'], ['learn'], ['get pause']]);
    expect(await waitsOf(screen.look().expect(200))).toEqual([front, ['look']]);
  });
});
