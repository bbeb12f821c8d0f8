/** The module's routes in an application of somebody else, against the simulator. */
import { sign as signed } from 'cookie-signature';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import {
  Drain,
  PushResendHealthIndicator,
  PushResendModule,
  type PushResendOptions,
  type PushResendRoutes,
} from '@nest/index.js';
import { ownCorner, redisUrl } from '../support/redis.js';
import { sign } from '../webhook/webhook-rig.js';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { type Host, type HostUser, LoginGuard, PLATFORMS, type Platform, startHost, SupportGuard } from './host.js';

const ROUTES: PushResendRoutes = {
  public: { path: 'login/pushes', guards: [LoginGuard] },
  internal: { path: 'support', guards: [SupportGuard] },
  webhook: { path: 'hooks/twilio' },
};
const SECRET = 'a secret that only the tests of this module have';
const WEBHOOK = 'https://login.example.com/api/hooks/twilio';
const session = ({ user }: { user?: HostUser }) => user;

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

interface Scene extends Host {
  readonly twilio: Awaited<ReturnType<Simulator['start']>>;
  readonly simulate: (method: 'POST' | 'GET', path: string, body?: object) => Promise<Record<string, string>>;
  /** A pending Challenge, whose automatic push was sent a minute ago. */
  readonly login: (identity: string, more?: object) => Promise<string>;
  readonly tap: (identity: string, sid: string) => ReturnType<Host['http']['post']>;
  readonly look: (identity: string, sid: string) => ReturnType<Host['http']['get']>;
}

async function simulator() {
  const simulated = new Simulator();
  const twilio = await simulated.start({ port: 0 });
  opened.push(() => simulated.stop());
  return twilio;
}

async function start(platform: Platform, more: Partial<PushResendOptions> = {}): Promise<Scene> {
  const twilio = await simulator();
  const { redis: client, keyPrefix } = ownCorner();
  opened.push(() => client.disconnect());
  const { accountSid, apiKeySid, apiKeySecret, serviceSid, authToken } = twilio;
  const host = await startHost(
    platform,
    PushResendModule.forRootAsync({
      useFactory: () => ({
        twilio: { accountSid, apiKeySid, apiKeySecret, serviceSid, baseUrl: twilio.url },
        redis: client,
        keyPrefix,
        identityHashSecret: SECRET,
        session,
        webhook: { authToken, url: WEBHOOK },
        actor: () => 'support:agent-7',
        ...more,
      }),
      routes: ROUTES,
    }),
  );
  opened.push(() => host.app.close());
  const simulate: Scene['simulate'] = async (method, path, body) => {
    const response = await fetch(`${twilio.url}/_sim${path}`, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, string>;
  };
  return {
    ...host,
    twilio,
    simulate,
    login: async (identity, options = {}) => {
      const made = await simulate('POST', '/challenges', { identity, ageSeconds: 60, ...options });
      return made['challengeSid'] ?? '';
    },
    tap: (identity, sid) =>
      host.http.post(`/api/login/pushes/${sid}/notifications`).set('authorization', `Login ${identity}`),
    look: (identity, sid) => host.http.get(`/api/login/pushes/${sid}`).set('authorization', `Login ${identity}`),
  };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  test('a tap is sent, its twin is replayed, and the next one has to wait', async () => {
    const { login, tap, look } = await start(platform);
    const sid = await login('somebody-0001');
    const { body, headers } = await tap('somebody-0001', sid).set('idempotency-key', '"press-0001"').expect(201);
    expect(body).toMatchObject({
      notification: { sid: expect.stringMatching(/^NT/) },
      challenge: { sid, status: 'pending' },
      resend: { status: 'cooling-down', remaining: 1, limit: 2 },
      nextAction: 'open-app',
    });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'request-id': expect.any(String) });
    expect(headers['ratelimit']).toContain('"challenge";r=1');
    const again = await tap('somebody-0001', sid).set('idempotency-key', '"press-0001"').expect(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body.notification).toEqual(body.notification);
    const looked = await look('somebody-0001', sid).expect(200);
    expect(looked.body.resend.status).toBe('cooling-down');
  });

  test('what is refused has the form of RFC 9457', async () => {
    const { http, login, tap, look } = await start(platform);
    const sid = await login('somebody-0002', { ageSeconds: 5 });
    const cooling = await tap('somebody-0002', sid).expect(429);
    expect(cooling.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(cooling.headers['retry-after']).toBe(String(cooling.body.retryAfterSeconds));
    expect(cooling.body).toMatchObject({ code: 'cooling-down', nextAction: 'wait', requestId: expect.any(String) });
    const foreign = await look('somebody-else', sid).expect(404);
    const unknown = await look('somebody-else', `YC${'0'.repeat(32)}`).expect(404);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
    const bad = await tap('somebody-0002', sid).send({ ttl: '60', more: 1 }).expect(400);
    expect(bad.body.errors).toEqual(
      expect.arrayContaining([
        { pointer: '/ttl', message: 'must be a whole number of seconds' },
        { pointer: '/more', message: expect.any(String) },
      ]),
    );
    await tap('somebody-0002', 'YC1').expect(400);
    const nobody = await http.get(`/api/login/pushes/${sid}`).expect(401);
    expect(nobody.body.code).toBe('session-invalid');
  });

  test('a denial is learnt by webhook, in a form and in JSON', async () => {
    const { http, login, tap, twilio } = await start(platform);
    const sid = await login('somebody-0003');
    await tap('somebody-0003', sid).expect(201);
    const form = {
      type: 'challenge.denied',
      account_sid: twilio.accountSid,
      service_sid: twilio.serviceSid,
      entity_identity: 'somebody-0003',
      challenge_sid: sid,
    };
    const call = (signature: string) =>
      http.post('/api/hooks/twilio').type('form').set('x-twilio-signature', signature).send(form);
    const bad = await call(sign('another token', WEBHOOK, form)).expect(403);
    expect(bad.body.code).toBe('webhook-signature-invalid');
    await call(sign(twilio.authToken, WEBHOOK, form)).expect(200);
    const { body } = await tap('somebody-0003', sid).expect(409);
    expect(body.code).toBe('challenge-denied');
  });

  test('internal calls are for whom the host’s guard lets in, and are written down as theirs', async () => {
    const { http, login, tap } = await start(platform);
    const sid = await login('somebody-0004');
    await tap('somebody-0004', sid).expect(201);
    const state = (support?: string) => {
      const asked = http.get('/api/support/identities/somebody-0004/resend-state');
      return support === undefined ? asked : asked.set('x-support', support);
    };
    await state().expect(403);
    expect((await state('agent-7').expect(200)).body.policies[0]).toMatchObject({ name: 'user-15m', used: 1 });
    await http
      .post('/api/support/identities/somebody-0004/resets')
      .set('x-support', 'agent-7')
      .send({ reason: 'verified by phone' })
      .expect(201);
    const { body } = await http.get('/api/support/audit-events?limit=1').set('x-support', 'agent-7').expect(200);
    expect(body.events[0]).toMatchObject({
      type: 'limits.reset',
      actor: 'support:agent-7',
      reason: 'verified by phone',
    });
  });

  test('the host’s own routes behave as before', async () => {
    const alone = await startHost(platform);
    opened.push(() => alone.app.close());
    const { http } = await start(platform);
    const asked: ((at: Host['http']) => ReturnType<Host['http']['get']>)[] = [
      (at) => at.get('/api/v1/greetings'),
      (at) => at.post('/api/v1/greetings').send({ name: 'hello' }),
      (at) => at.post('/api/v1/greetings').send({ name: 'hello', more: 1 }),
      (at) => at.post('/api/v1/greetings').type('json').send('{"name":'),
      (at) => at.get('/api/v1/greetings/mine'),
      (at) => at.get('/api/v1/greetings/broken'),
      (at) => at.get('/api/v1/nothing'),
      (at) => at.delete('/api/v1/greetings'),
      (at) => at.post('/api/v1/greetings').type('form').send({ name: 'hello' }),
    ];
    for (const ask of asked) {
      const [before, after] = [await ask(alone.http), await ask(http)];
      expect({ status: after.status, body: after.body, type: after.type }).toEqual({
        status: before.status,
        body: before.body,
        type: before.type,
      });
      expect(Object.keys(after.headers).toSorted()).toEqual(Object.keys(before.headers).toSorted());
    }
  });

  test('while it drains, screens are sent to another instance', async () => {
    const { app, login, tap } = await start(platform);
    const sid = await login('somebody-0005');
    const health = app.get(PushResendHealthIndicator);
    expect(await health.isHealthy()).toMatchObject({ 'push-resend': { status: 'up' } });
    expect(await app.get(Drain).drain(1000)).toBe(0);
    const { body } = await tap('somebody-0005', sid).expect(503);
    expect(body.code).toBe('shutting-down');
    expect(await health.isHealthy('resends')).toMatchObject({ resends: { status: 'down' } });
  });

  test('without its Redis it refuses, and the host goes on', async () => {
    const nowhere = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null });
    const { http, login, tap } = await start(platform, { redis: nowhere });
    const sid = await login('somebody-0006');
    expect((await tap('somebody-0006', sid).expect(503)).body.code).toBe('ledger-unavailable');
    await http.get('/api/v1/greetings').expect(200);
  });
});

test('the host’s Redis client is left alone, and its prefix is kept', async () => {
  const client = new Redis(redisUrl(), { keyPrefix: 'host:', maxRetriesPerRequest: 7 });
  opened.push(() => client.disconnect());
  const before = { ...client.options };
  const { login, tap } = await start('fastify', { redis: client, keyPrefix: undefined as never });
  const sid = await login('somebody-0007');
  await tap('somebody-0007', sid).expect(201);
  expect(client.options).toEqual(before);
  const keys = await client.keys('*push-resend:VA*');
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.every((key) => key.startsWith('host:push-resend:VA'))).toBe(true);
  const bare = new Redis(redisUrl());
  await bare.unlink(...keys);
  bare.disconnect();
});

test('sessions of express-session are found behind the prefix of the host’s client', async () => {
  const { redis: bare, keyPrefix } = ownCorner();
  const client = new Redis(redisUrl(), { keyPrefix });
  opened.push(
    () => bare.disconnect(),
    () => client.disconnect(),
  );
  await client.set('sess:one', JSON.stringify({ user: { identity: 'somebody-0008' } }), 'EX', 60);
  const secret = 'the secret of the cookies';
  const { http, login } = await start('express', {
    session: { strategy: 'express-session', secrets: [secret], prefix: 'sess:', identityPath: ['user', 'identity'] },
    redis: client,
    keyPrefix: undefined as never,
  });
  const sid = await login('somebody-0008');
  const { body } = await http
    .get(`/api/login/pushes/${sid}`)
    .set('authorization', 'Login anybody-at-all')
    .set('cookie', `connect.sid=${encodeURIComponent(`s:${signed('one', secret)}`)}`)
    .expect(200);
  expect(body.challenge.sid).toBe(sid);
  await bare.unlink(...(await bare.keys(`${keyPrefix}*`)));
});
