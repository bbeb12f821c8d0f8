/** The kill switch: all instances at once, without a restart, and it ends by itself. */
import { afterEach, describe, expect, test } from 'vitest';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type Consumer, type ConsumerRig, startConsumerRig } from './consumer.js';

const running: ConsumerRig[] = [];
afterEach(async () => {
  for (const { rig } of running.splice(0)) await rig.close();
});

async function start(environment: Record<string, string> = {}): Promise<ConsumerRig> {
  const started = await startConsumerRig(environment);
  running.push(started);
  return started;
}

/** Two instances on one Redis and one Twilio. */
async function startPair() {
  const environment = { REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: ownCorner().keyPrefix };
  const one = await start(environment);
  const { baseUrl } = await one.rig.simulate<{ baseUrl: string }>('GET', '');
  return [one, await start({ ...environment, TWILIO_BASE_URL: baseUrl })] as const;
}

const begin = (consumer: Consumer, expiresInSeconds = 600) =>
  consumer.pause({ paused: true, reason: 'incident 991', expiresInSeconds }).expect(200);
const end = (consumer: Consumer) => consumer.pause({ paused: false, reason: 'all is well' }).expect(200);

const PAUSED = {
  code: 'resends-paused',
  status: 503,
  retryable: false,
  nextAction: 'use-other-factor',
};

describe('in memory', () => {
  test('a pause stops the phone and internal callers, and is over by itself', async () => {
    const { rig, desk } = await start();
    const screen = await rig.login();
    expect((await desk.paused().expect(200)).body).toEqual({ paused: false });
    const { body } = await begin(desk);
    expect(body).toEqual({ paused: true, reason: 'incident 991', endsInSeconds: 600 });
    rig.wait(30);
    expect((await desk.paused().expect(200)).body).toEqual({ ...body, endsInSeconds: 570 });

    const outside = await screen.tap().expect(503);
    expect(outside.body).toMatchObject({ ...PAUSED, retryAfterSeconds: 570 });
    expect(outside.headers['retry-after']).toBe('570');
    expect(outside.text).not.toContain('incident');
    const inside = await desk.resend(screen.identity, screen.challengeSid).expect(503);
    expect(inside.body).toMatchObject(PAUSED);
    const look = await screen.look().expect(200);
    expect(look.body).toMatchObject({
      challenge: { status: 'pending' },
      resend: { status: 'limited', availableInSeconds: null },
      nextAction: 'use-other-factor',
    });
    expect(look.text).not.toContain('incident');
    expect(await screen.created()).toBe(0);

    rig.wait(570);
    expect((await desk.paused().expect(200)).body).toEqual({ paused: false });
    const later = await rig.login();
    await later.tap().expect(201);
  });

  test('how a Challenge ended is told all the same', async () => {
    const { rig, desk } = await start();
    const screen = await rig.login();
    await begin(desk);
    await screen.respond('approved');
    const { body } = await screen.look().expect(200);
    expect(body).toMatchObject({
      challenge: { status: 'approved' },
      resend: { status: 'closed' },
      nextAction: 'proceed',
    });
  });

  test('can be made longer and shorter, and every change is an event', async () => {
    const { rig, desk, fraud } = await start();
    await end(desk);
    await begin(desk);
    rig.wait(100);
    await begin(fraud, 60);
    rig.wait(20);
    expect((await end(desk)).body).toEqual({ paused: false });
    await end(desk);
    const { body } = await desk.events().expect(200);
    const common = { id: expect.any(String), occurredAt: expect.any(String), requestId: expect.any(String) };
    expect(body.events).toEqual([
      { ...common, type: 'pause.ended', actor: 'key:desk', reason: 'all is well', changes: { leftSeconds: 40 } },
      { ...common, type: 'pause.set', actor: 'key:fraud', reason: 'incident 991', changes: { expiresInSeconds: 60 } },
      { ...common, type: 'pause.set', actor: 'key:desk', reason: 'incident 991', changes: { expiresInSeconds: 600 } },
    ]);
  });

  test.each([
    [{ paused: true, reason: 'incident' }, '/expiresInSeconds'],
    [{ paused: true, expiresInSeconds: 60 }, '/reason'],
    [{ paused: false }, '/reason'],
    [{ reason: 'incident', expiresInSeconds: 60 }, '/paused'],
    [{ paused: 'true', reason: 'incident', expiresInSeconds: 60 }, '/paused'],
    [{ paused: true, reason: 'incident', expiresInSeconds: 604_801 }, '/expiresInSeconds'],
    [{ paused: true, reason: 'incident', expiresInSeconds: 0 }, '/expiresInSeconds'],
    [{ paused: true, reason: 'x prk_desk_1', expiresInSeconds: 60 }, '/reason'],
  ])('refuses %j', async (body, pointer) => {
    const { desk } = await start();
    const refused = await desk.pause(body).expect(400);
    expect(refused.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect((await desk.paused()).body).toEqual({ paused: false });
  });
});

describe('over two instances on one Redis', () => {
  test('the next tap on either meets it, without a restart, and so does the one after its end', async () => {
    const [one, two] = await startPair();
    const [screen, other] = [await one.rig.login(), await one.rig.login()];
    const onTwo = { authorization: `Bearer ${other.token}` };
    const path = `/v1/challenges/${other.challengeSid}`;
    const taps = () => [screen.tap(), two.rig.api.post(`${path}/notifications`).set(onTwo)];
    await begin(one.desk);
    for (const tap of taps()) {
      const { body } = await tap.expect(503);
      expect(body).toMatchObject(PAUSED);
      expect(body.retryAfterSeconds).toBeGreaterThan(590);
    }
    expect((await two.desk.paused().expect(200)).body).toMatchObject({ paused: true, reason: 'incident 991' });
    expect((await two.rig.api.get(path).set(onTwo).expect(200)).body.nextAction).toBe('use-other-factor');
    await end(two.desk);
    for (const tap of taps()) await tap.expect(201);
    expect(await screen.created()).toBe(1);
  });

  test('it ends by itself for both', async () => {
    const [one, two] = await startPair();
    const screen = await one.rig.login();
    await begin(two.desk, 1);
    await screen.tap().expect(503);
    await expect.poll(async () => (await one.desk.paused()).body).toEqual({ paused: false });
    await screen.tap().expect(201);
  });
});
