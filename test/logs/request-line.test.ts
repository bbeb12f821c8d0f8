import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Rig, type Screen, startRig } from '../support/rig.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

type Line = Record<string, unknown>;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ THROTTLE_ADDRESS_PER_MINUTE: '10000' });
});
afterAll(() => rig.close());

const lines = (): Line[] =>
  rig
    .logged()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** What is logged of this request, once its own line is there. */
async function loggedOf(requestId: string): Promise<Line[]> {
  const ofRequest = () => lines().filter((line) => line['requestId'] === requestId);
  await expect.poll(() => ofRequest().filter(({ event }) => event === 'request')).toHaveLength(1);
  return ofRequest();
}

/** The one line of a request. */
async function lineOf(requestId: string): Promise<Line> {
  const line = (await loggedOf(requestId)).find(({ event }) => event === 'request');
  if (!line) throw new Error('no line');
  return line;
}

let requests = 0;
const newId = () => `request-of-logs-${++requests}`;
const tap = async (screen: Screen, headers: Record<string, string> = {}) => {
  const requestId = newId();
  const answer = await screen.tap().set({ 'request-id': requestId, ...headers });
  return { requestId, answer, line: await lineOf(requestId) };
};

describe('the line of a tap', () => {
  test('a sent tap is logged with the actor, the decision, and both exchanges with Twilio', async () => {
    const screen = await rig.login();
    const { answer, line } = await tap(screen, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
    expect(answer.status).toBe(201);
    expect(line).toMatchObject({
      level: 'info',
      service: 'push-resend',
      event: 'request',
      traceId: TRACE_ID,
      surface: 'public',
      method: 'POST',
      route: '/v1/challenges/:challengeSid/notifications',
      status: 201,
      code: 'none',
      decision: 'granted',
      actor: 'session',
      user: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      twilio: [
        { operation: 'fetchChallenge', code: 'ok', durationMs: expect.any(Number) },
        { operation: 'createNotification', code: 'ok', durationMs: expect.any(Number) },
      ],
      durationMs: expect.any(Number),
    });
    expect(line).not.toHaveProperty('waitMs');
    expect(line).not.toHaveProperty('hasHungUp');
  });

  test('a refused tap is logged with the limit, the wait, and no exchange', async () => {
    const screen = await rig.login();
    const sent = await tap(screen);
    rig.wait(10);
    const { answer, line } = await tap(screen);
    expect(answer.status).toBe(429);
    expect(line).toMatchObject({ status: 429, code: 'cooling-down', decision: 'cooling-down', waitMs: 50_000 });
    expect(line).not.toHaveProperty('twilio');
    expect(line['user']).toBe(sent.line['user']);
  });

  test('that a fetch refuses has what the dispatch decided', async () => {
    const screen = await rig.login();
    await screen.respond('approved');
    const { line } = await tap(screen);
    expect(line).toMatchObject({ status: 409, decision: 'challenge-approved', twilio: [{ code: 'ok' }] });
  });

  test('whose client has hung up is complete, too', async () => {
    const screen = await rig.login();
    const requestId = newId();
    await rig.simulate('POST', '/faults', { operation: 'createNotification', kind: 'delay', delayMs: 1500, times: 1 });
    const pressed = request({
      port: rig.ports.public,
      path: `/v1/challenges/${screen.challengeSid}/notifications`,
      method: 'POST',
      headers: { authorization: `Bearer ${screen.token}`, 'request-id': requestId },
    });
    pressed.on('error', () => undefined).end();
    await expect.poll(() => screen.created()).toBe(1);
    pressed.socket?.resetAndDestroy();
    expect(await lineOf(requestId)).toMatchObject({
      status: 201,
      decision: 'granted',
      actor: 'session',
      twilio: [{}, { operation: 'createNotification', code: 'ok' }],
      hasHungUp: true,
    });
  });
});

test('two taps at once keep their trails apart, bodies included', async () => {
  const screens = await Promise.all([rig.login(), rig.login(), rig.login(), rig.login()]);
  const taps = await Promise.all(
    screens.map(async (screen) => {
      const requestId = newId();
      await screen.tap({ body: { ttl: 100 } }).set('request-id', requestId);
      return lineOf(requestId);
    }),
  );
  expect(new Set(taps.map(({ user }) => user)).size).toBe(4);
  for (const line of taps) expect(line).toMatchObject({ status: 201, decision: 'granted', twilio: [{}, {}] });
});

test('a body that arrives by and by, on a connection that served others, loses no trail', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const trails: Line[] = [];
  for (const screen of [await rig.login(), await rig.login()]) {
    const requestId = newId();
    const pressed = request({
      agent,
      port: rig.ports.public,
      path: `/v1/challenges/${screen.challengeSid}/notifications`,
      method: 'POST',
      headers: {
        authorization: `Bearer ${screen.token}`,
        'request-id': requestId,
        'content-type': 'application/json',
        'content-length': 11,
      },
    });
    pressed.write('{"ttl"');
    await sleep(100); // for its headers to be read
    pressed.end(':100}');
    const [answer] = (await once(pressed, 'response')) as [IncomingMessage];
    await once(answer.resume(), 'end');
    trails.push(await lineOf(requestId));
  }
  for (const line of trails) expect(line).toMatchObject({ status: 201, decision: 'granted', twilio: [{}, {}] });
  expect(new Set(trails.map(({ user }) => user)).size).toBe(2);
});

test('lines logged during a request have its request id and user', async () => {
  const screen = await rig.login();
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'error-json', times: 1 });
  const { requestId, line } = await tap(screen, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-00` });
  const call = (await loggedOf(requestId)).find(({ event }) => event === 'twilio.call');
  expect(call).toMatchObject({ level: 'warn', traceId: TRACE_ID, user: line['user'], operation: 'fetchChallenge' });
  expect(line).toMatchObject({ status: 503, twilio: [{ operation: 'fetchChallenge', code: call?.['code'] }] });
});

test('the actor of an API key is its id', async () => {
  const requestId = newId();
  await rig.ops
    .post('/internal/v1/sessions')
    .set({ authorization: `Bearer ${rig.apiKey}`, 'request-id': requestId })
    .send({ identity: 'user-of-an-api-key', expiresInSeconds: 60 })
    .expect(201);
  expect(await lineOf(requestId)).toMatchObject({ surface: 'private', status: 201, actor: 'key:login-backend' });
});

test.each([
  ['a path that nobody serves', 'GET', '/nothing/here', 404, 'not-found'],
  ['a method that is not served', 'DELETE', `/v1/challenges/YC${'0'.repeat(32)}`, 405, 'method-not-allowed'],
  ['no session', 'GET', `/v1/challenges/YC${'0'.repeat(32)}`, 401, 'session-invalid'],
  ['an address that can not be decoded', 'GET', '/v1/challenges/%zz', 400, 'invalid-request'],
  ['a parameter that is too long', 'GET', `/v1/challenges/${'Y'.repeat(101)}`, 414, 'uri-too-long'],
])('%s gets one line', async (_, method, path, status, code) => {
  const requestId = newId();
  const asked = request({ port: rig.ports.public, path, method, headers: { 'request-id': requestId } }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(status);
  const line = await lineOf(requestId);
  expect(line).toMatchObject({ method, status, code, surface: 'public', durationMs: expect.any(Number) });
  expect(JSON.stringify(line)).not.toContain(path);
});

test('a body that is no JSON gets one line', async () => {
  const screen = await rig.login();
  const requestId = newId();
  await screen.tap().set({ 'request-id': requestId, 'content-type': 'application/json' }).send('{"canary').expect(400);
  const line = await lineOf(requestId);
  expect(line).toMatchObject({ status: 400, code: 'invalid-request' });
  expect(JSON.stringify(line)).not.toContain('canary');
});

test.each([
  ['public', 'canary-of-no-request\r\n\r\n', 'invalid-request', 400, 'HPE_INVALID_METHOD'],
  [
    'private',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'canary'.repeat(5000)}\r\n\r\n`,
    'headers-too-large',
    431,
    'HPE_HEADER_OVERFLOW',
  ],
  ['public', 'CONNECT canary:1 HTTP/1.1\r\nHost: canary:1\r\n\r\n', 'invalid-request', 400, undefined],
] as const)('malformed HTTP gets one line without a byte of it (%#)', async (surface, bytes, code, status, reason) => {
  const before = lines().length;
  const socket = connect(rig.ports[surface], '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  const [line, ...more] = lines().slice(before);
  expect(more).toEqual([]);
  expect(line).toMatchObject({ level: 'info', event: 'request', surface, route: 'none', status, code });
  expect(line?.['reason']).toBe(reason);
  expect(answer).toContain(String(line?.['requestId']));
  expect(JSON.stringify(line)).not.toContain('canary');
});

test("what is no request, after one that was, is nobody's", async () => {
  const screen = await rig.login();
  const head = [
    `GET /v1/challenges/${screen.challengeSid} HTTP/1.1`,
    'Host: api',
    `Authorization: Bearer ${screen.token}`,
    `traceparent: 00-${TRACE_ID}-00f067aa0ba902b7-01`,
  ];
  const socket = connect(rig.ports.public, '127.0.0.1').on('error', () => undefined);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.write('garbage\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  const line = lines().at(-1);
  expect(line).toMatchObject({ code: 'invalid-request', method: 'none' });
  for (const field of ['user', 'traceId', 'actor']) expect(line).not.toHaveProperty(field);
});

test('nobody is told of the questions that come every few seconds', async () => {
  const before = lines().length;
  for (const path of ['/livez', '/readyz', '/metrics']) await rig.ops.get(path).expect(200);
  await rig.ops.get('/nothing').expect(404);
  await expect.poll(() => lines().length).toBe(before + 1);
});
