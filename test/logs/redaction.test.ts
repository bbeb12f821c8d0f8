import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type FaultKind, faultKinds, faultyOperations } from '../../apps/simulator/src/fault-kinds.js';
import { type OwnServer, Started } from '../redis/own-servers.js';
import { startProxy, type TcpProxy } from '../redis/tcp-proxy.js';
import { startGate } from '../webhook/twilio-gate.js';
import { CANARY } from './canaries.js';
import { type CanaryRig, HEADERS, SECRET_LENGTH, startCanaryRig } from './canary-rig.js';

const SESSIONS_PASSWORD = `${CANARY}+of/the sessions`;
const SCOPES = ['notifications:write', 'state:read', 'limits:write', 'blocks:write', 'audit:read', 'controls:write'];

const started = new Started();
let redis: OwnServer;
let proxy: TcpProxy;
let singing: CanaryRig;
let rig: CanaryRig['rig'];

const inRedis = () => ({
  REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
  REDIS_SESSION_USERNAME: 'sessions',
  REDIS_SESSION_PASSWORD: SESSIONS_PASSWORD,
  REDIS_COMMAND_TIMEOUT_MS: '1000',
});

beforeAll(async () => {
  redis = await started.server();
  await redis.admin.call('ACL', 'SETUSER', 'sessions', 'on', `>${SESSIONS_PASSWORD}`, '~*', '&*', '+@all');
  proxy = await startProxy(redis.port);
  singing = await startCanaryRig(
    {
      ...inRedis(),
      TWILIO_AUTH_TOKEN: `${CANARY}-of-the-auth-token`,
      PUBLIC_URL: 'https://login.example.com',
      TWILIO_FETCH_DEADLINE_MS: '150',
      TWILIO_CREATE_DEADLINE_MS: '150',
      TWILIO_BREAKER_FAILURES: '20',
      TWILIO_BREAKER_OPEN_MS: '100',
      RESEND_COALESCE_SECONDS: '0',
      THROTTLE_ADDRESS_PER_MINUTE: '10000',
    },
    { desk: { scopes: SCOPES } },
  );
  ({ rig } = singing);
});
afterAll(async () => {
  await rig.close();
  await proxy.close();
  await started.stopAll();
});

const impossible = new Set(['createNotification unknown-status']); // a Notification has no status
const faults = faultyOperations
  .flatMap((operation) => (Object.keys(faultKinds) as FaultKind[]).map((kind) => [operation, kind] as const))
  .filter(([operation, kind]) => !impossible.has(`${operation} ${kind}`));

test.each(faults)('Twilio does this to us: %s, %s', async (operation, kind) => {
  const { somebody, heard } = singing;
  const screen = await somebody();
  const delay = kind === 'endless-body' ? { delayMs: 1000 } : {};
  await rig.simulate('POST', '/faults', { operation, kind, times: 10, ...delay });
  heard(await screen.look().set(HEADERS));
  const status = heard(await screen.tap().set(HEADERS));
  await rig.simulate('DELETE', '/faults');
  expect(status).not.toBe(500);
  heard(await screen.tap().set(HEADERS));
});

describe('bad input', () => {
  test.each<[string, Record<string, string>]>([
    ['a token that is none', { authorization: `Bearer ${CANARY}` }],
    [
      'a token that nobody gave out',
      { authorization: `Bearer prs_${'0'.repeat(32)}_${CANARY.padEnd(SECRET_LENGTH, '-')}` },
    ],
    ['credentials of another scheme', { authorization: `Basic ${Buffer.from(`${CANARY}:x`).toString('base64')}` }],
    ['a key that is none', { 'idempotency-key': `${CANARY} with blanks` }],
    ['a name for the request that is none', { 'request-id': `${CANARY} with blanks` }],
    ['a trace that is none', { traceparent: `00-${CANARY}-01` }],
    ['a type that is none', { 'content-type': `${CANARY}/x` }],
    ['a coding that is none', { 'content-encoding': CANARY }],
    ['wishes that nobody fulfils', { accept: `${CANARY}/x` }],
    ['an origin of another site', { origin: `https://${CANARY}.example`, 'sec-fetch-site': 'cross-site' }],
  ])('%s', async (_, headers) => {
    const screen = await singing.somebody();
    const tap = screen.tap().set({ ...HEADERS, 'content-type': 'application/json', ...headers });
    singing.heard(await tap.send('{"ttl":1}'));
  });

  test.each([
    `/v1/challenges/${CANARY}`,
    `/v1/challenges/${CANARY}%zz`,
    `/v1/challenges/${CANARY.repeat(20)}`,
    `/${CANARY}?token=${CANARY}`,
    `/v1/challenges/YC${'0'.repeat(32)}?token=${CANARY}`,
    `/${CANARY.repeat(400)}`,
  ])('the address %j', async (path) => {
    for (const port of [rig.api, rig.ops])
      expect(singing.heard(await port.get(path).set(HEADERS))).toBeGreaterThanOrEqual(400);
  });

  test.each([
    `{"ttl":"${CANARY}"}`,
    `{"ttl":1,"ttl":"${CANARY}"`,
    `"${CANARY}"`,
    `["${CANARY}"]`,
    CANARY,
    `{"ttl":"${CANARY.repeat(2000)}"}`,
  ])('the body %j', async (body) => {
    const screen = await singing.somebody();
    const tap = screen.tap().set(HEADERS).set('content-type', 'application/json').send(body);
    expect(singing.heard(await tap)).toBeGreaterThanOrEqual(400);
  });

  test('of internal consumers', async () => {
    const { identity, challengeSid } = await singing.somebody();
    const desk = { authorization: `Bearer ${rig.apiKeys['desk']}` };
    const path = `/internal/v1/identities/${identity}`;
    const asks = [
      rig.ops.post('/internal/v1/sessions').set(desk).send({ identity, expiresInSeconds: 60 }),
      rig.ops.post('/internal/v1/sessions').send({ identity: `${CANARY}!`, expiresInSeconds: CANARY }),
      rig.ops.get(`${path}/resend-state`).set('authorization', `Bearer prk_desk_${CANARY.padEnd(SECRET_LENGTH, '-')}`),
      rig.ops.get(`/internal/v1/identities/${CANARY}!/resend-state`).set(desk),
      rig.ops.post(`${path}/resets`).set(desk).send({ reason: 7 }),
      rig.ops.put(`${path}/block`).set(desk).send({ expiresInSeconds: CANARY }),
      rig.ops.post(`${path}/challenges/${challengeSid}/notifications`).set(desk).send({ ttl: CANARY }),
      rig.ops.get(`/internal/v1/audit-events?identity=${identity}&before=${CANARY}`).set(desk),
      rig.ops.get(`/internal/v1/audit-events?type=${CANARY}`).set(desk),
    ];
    for (const ask of asks) expect(singing.heard(await ask)).toBeGreaterThanOrEqual(400);
  });

  test.each([
    `${CANARY}\r\n\r\n`,
    `GET /${CANARY} HTTP/9.9\r\n\r\n`,
    `CONNECT ${CANARY}:1 HTTP/1.1\r\nHost: ${CANARY}:1\r\n\r\n`,
    `GET / HTTP/1.1\r\nAuthorization: Bearer ${CANARY.repeat(5000)}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: a\r\nHost: ${CANARY}\r\nConnection: close\r\n\r\n`,
  ])('what is no HTTP (%#)', async (bytes) => {
    const socket = connect(rig.ports.public, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    expect(text).toContain('application/problem+json');
    singing.heard({ status: 0, text });
  });
});

test.each([
  ['application/x-www-form-urlencoded', `type=challenge.denied&entity_identity=${CANARY}&signature=${CANARY}`],
  ['application/json', `{"entity_identity":"${CANARY}"}`],
])('a webhook that Twilio did not sign: %s', async (type, body) => {
  const signature = singing.canaries.add('a signature', `${CANARY}OfASignature/+A=`);
  const call = rig.api.post(`/webhooks/twilio/verify?bodySHA256=${CANARY}`).set(HEADERS);
  const answer = await call.set({ 'content-type': type, 'x-twilio-signature': signature }).send(body);
  expect(singing.heard(answer)).toBe(403);
});

describe('Redis', () => {
  const whole = async () => {
    await sleep(150); // longer than a check of Redis is shared
    await expect.poll(async () => (await rig.ops.get('/readyz')).status).toBe(200);
  };

  test('that does not answer', async () => {
    const screen = await singing.somebody();
    proxy.hold('replies');
    const statuses = [singing.heard(await screen.tap().set(HEADERS)), singing.heard(await screen.look().set(HEADERS))];
    proxy.hold('nothing');
    expect(statuses).toEqual([503, 503]);
  });

  test('that stops answering between two steps', async () => {
    const gate = await startGate();
    onTestFinished(() => gate.close());
    const own = await startCanaryRig({ ...inRedis(), TWILIO_BASE_URL: gate.url });
    onTestFinished(() => own.rig.close());
    gate.twilio = (await own.rig.simulate<{ baseUrl: string }>('GET', '')).baseUrl;
    const screen = await own.somebody();
    gate.once('fetch answered', async () => proxy.hold('replies'));
    const status = own.heard(await screen.tap().set(HEADERS));
    proxy.hold('nothing');
    expect(status).toBeGreaterThanOrEqual(500);
    expect(own.rig.logged()).toContain('"event":"ledger.error"');
    own.canaries.mustNotSing(own.rig.logged(), 'the log');
  });

  test('whose connections break', async () => {
    const screen = await singing.somebody();
    const tap = screen.tap().set(HEADERS).then(singing.heard);
    proxy.reset();
    await tap;
    await whole();
  });

  test('that has another password now', async () => {
    const screen = await singing.somebody();
    await redis.admin.call('ACL', 'SETUSER', 'sessions', 'resetpass', `>${CANARY}-of-another-password`);
    proxy.reset();
    const status = singing.heard(await screen.tap().set(HEADERS));
    await redis.admin.call('ACL', 'SETUSER', 'sessions', 'resetpass', `>${SESSIONS_PASSWORD}`);
    proxy.reset();
    await whole();
    expect(status).toBe(503);
  });

  test.each(['get', 'set'])('that lets the sessions no longer %s', async (command) => {
    const screen = await singing.somebody();
    await redis.admin.call('ACL', 'SETUSER', 'sessions', `-${command}`);
    const session = { identity: `${CANARY}-not-registered`, expiresInSeconds: 60 };
    const register = rig.ops.post('/internal/v1/sessions').set('authorization', `Bearer ${rig.apiKey}`);
    const answer = await (command === 'get' ? screen.tap().set(HEADERS) : register.send(session));
    await redis.admin.call('ACL', 'SETUSER', 'sessions', `+${command}`);
    expect(singing.heard(answer)).toBe(503);
    expect(answer.body).toMatchObject({ code: 'session-unavailable' });
  });
});

test('the log contains none of the canaries', () => {
  const logged = rig.logged();
  expect(logged.split('\n').length).toBeGreaterThan(3 * faults.length);
  const events = ['request', 'twilio.call', 'failed', 'webhook'];
  expect(events.filter((event) => !logged.includes(`"event":"${event}"`))).toEqual([]);
  singing.canaries.mustNotSing(logged, 'the log');
});

test('nor in the metrics', async () => {
  const { text } = await rig.ops.get('/metrics').expect(200);
  expect(text).toContain('push_resend_requests_total');
  singing.canaries.mustNotSing(text, 'the metrics');
});
