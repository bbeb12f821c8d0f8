import { afterEach, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type RedisServer, serverOnPath, startServer } from '../support/redis-server.js';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function start(environment: Record<string, string>): Promise<Rig> {
  const rig = await startRig(environment);
  running.push(rig);
  return rig;
}

describe('with Redis', () => {
  test('a resend is sent, counted, and every key expires', async () => {
    const { redis, keyPrefix, keys } = ownCorner();
    const rig = await start({ REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: keyPrefix });
    const screen = await rig.login();
    await screen.tap({ key: 'press-0001' }).expect(201);
    const replayed = await screen.tap({ key: 'press-0001' }).expect(201);
    expect(replayed.headers['idempotent-replayed']).toBe('true');
    const found = await keys();
    expect(found.length).toBeGreaterThanOrEqual(3);
    for (const key of found) {
      expect(key).not.toContain(screen.identity);
      const ttl = await redis.pttl(key);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(key.endsWith('audit') ? 30 * 86_400_000 : 25 * 3_600_000);
    }
    redis.disconnect();
  });

  test('two instances that are pressed at once send one push', async () => {
    const { redis, keyPrefix } = ownCorner();
    const environment = { REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: keyPrefix, THROTTLE_SESSION_PER_MINUTE: '1000' };
    const one = await start(environment);
    const screen = await one.login();
    const { baseUrl } = await one.simulate<{ baseUrl: string }>('GET', '');
    const two = await start({ ...environment, TWILIO_BASE_URL: baseUrl });
    const path = `/v1/challenges/${screen.challengeSid}/notifications`;
    const press = (rig: Rig) => rig.api.post(path).set('authorization', `Bearer ${screen.token}`);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => press(index % 2 ? one : two)));
    expect(await screen.created()).toBe(1);
    const told = new Set(answers.map(({ status, body }) => body.code ?? status));
    expect(
      [...told].every((code) => [201, 'resend-in-progress', 'overloaded', 'too-many-requests'].includes(code)),
    ).toBe(true);
    redis.disconnect();
  });

  test('two instances whose hash secret differs by a newline have one ledger', async () => {
    const { redis, keyPrefix } = ownCorner();
    const environment = { REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: keyPrefix, RESEND_COALESCE_SECONDS: '0' };
    const one = await start({ ...environment, IDENTITY_HASH_SECRET: 'x'.repeat(32) });
    const screen = await one.login();
    const { baseUrl } = await one.simulate<{ baseUrl: string }>('GET', '');
    const newline = { IDENTITY_HASH_SECRET: `${'x'.repeat(32)}\n`, REDIS_URL: `${redisUrl()}\r\n` };
    const two = await start({ ...environment, ...newline, TWILIO_BASE_URL: baseUrl });
    await screen.tap().expect(201);
    const path = `/v1/challenges/${screen.challengeSid}/notifications`;
    const { body } = await two.api.post(path).set('authorization', `Bearer ${screen.token}`).expect(429);
    expect(body).toMatchObject({ code: 'cooling-down' });
    expect(await screen.created()).toBe(1);
    redis.disconnect();
  });

  test('without Redis requests fail closed with a clear response, and work again once it is back', async () => {
    const binary = serverOnPath();
    if (binary === undefined) throw new Error('this test stops a Redis of its own: put redis-server on PATH');
    const server: RedisServer = await startServer(binary, ['--appendonly', 'yes', '--appendfsync', 'always']);
    running.push({ close: () => server.stop() });
    const rig = await start({ REDIS_URL: server.url, REDIS_COMMAND_TIMEOUT_MS: '1000' });
    const screen = await rig.login({ isUnbound: true });
    await screen.look().expect(200);
    server.process.kill('SIGSTOP');
    const { body, headers } = await screen.tap().expect(503);
    expect(['ledger-unavailable', 'session-unavailable']).toContain(body.code);
    expect(body).toMatchObject({ retryable: true, nextAction: 'wait' });
    expect(headers['retry-after']).toBe('1');
    await rig.ops.get('/readyz').expect(503);
    await rig.ops.get('/livez').expect(200);
    expect(await screen.created()).toBe(0);
    server.process.kill('SIGCONT');
    await expect.poll(async () => (await rig.ops.get('/readyz')).status).toBe(200);
    await expect.poll(async () => (await screen.tap()).status).toBe(201);
    expect(await screen.created()).toBe(1);
  });
});
