import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from 'node:net';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type Rig, startRig } from '../support/rig.js';
import { told } from './login-screen.js';

const APP = 'https://app.example.org';
const LOCAL = 'http://localhost:5173';
/** What WebViews of hybrid applications send. */
const CAPACITOR = 'capacitor://localhost';
const IONIC = 'ionic://localhost';
const NOT_ALLOWED = [
  'https://evil.example',
  'null',
  '*',
  '',
  'https://app.example.org.evil.example',
  'https://sub.app.example.org',
  'http://app.example.org',
  'https://app.example.org:8443',
  'https://app.example.org/',
  'HTTPS://APP.EXAMPLE.ORG',
  'https://app.example.org, https://evil.example',
  'capacitor://localhost.evil.example',
  'capacitor://',
  'capacitor://localhost:80',
  'other://localhost',
  'http://localhost',
];
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type,idempotency-key',
};
const EXPOSED = ['Retry-After', 'RateLimit', 'RateLimit-Policy', 'Request-Id', 'Idempotent-Replayed'];
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'traceparent',
  'Request-Id',
  'tracestate',
  'baggage',
  'sentry-trace',
];

const list = (header: string | undefined) => (header ?? '').split(', ').toSorted();
const ofCors = (headers: Record<string, string>) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('with CORS_ORIGINS', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      CORS_ORIGINS: [APP, LOCAL, CAPACITOR, IONIC].join(','),
      CORS_HEADERS: 'X-App-Version,x-platform',
      THROTTLE_SESSION_PER_MINUTE: '1000',
    });
  });
  afterAll(() => rig.close());

  test.each([APP, LOCAL, CAPACITOR, IONIC])('a page of %s reads answers, with their headers', async (origin) => {
    const screen = await rig.login();
    const { headers } = await screen.tap().set('origin', origin).expect(201);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(list(headers['access-control-expose-headers'])).toEqual(EXPOSED.toSorted());
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['vary']).toBe('Origin');
  });

  test.each(NOT_ALLOWED)('a page of the origin %j can not read responses', async (origin) => {
    const screen = await rig.login();
    const { headers } = await screen.look().set('origin', origin).expect(200);
    expect(ofCors(headers)).toEqual([]);
    expect(headers['vary']).toBe('Origin');
  });

  test('what has no Origin gets no permission, and no cache gives it to a page', async () => {
    const screen = await rig.login();
    const { headers } = await screen.look().expect(200);
    expect(ofCors(headers)).toEqual([]);
    expect(headers['vary']).toBe('Origin');
  });

  describe('refusals can be read as well', () => {
    const readable = (headers: Record<string, string>) => {
      expect(headers['access-control-allow-origin']).toBe(APP);
      expect(list(headers['access-control-expose-headers'])).toContain('Retry-After');
      expect(headers['request-id']).toBeDefined();
    };
    const sid = `YC${'0'.repeat(32)}`;

    test.each<[number, string, (rig: Rig) => ReturnType<Rig['api']['get']>]>([
      [401, 'session-invalid', ({ api }) => api.get(`/v1/challenges/${sid}`)],
      [401, 'session-invalid', ({ api }) => api.post(`/v1/challenges/${sid}/notifications`)],
      [404, 'not-found', ({ api }) => api.get('/nowhere')],
      [405, 'method-not-allowed', ({ api }) => api.put(`/v1/challenges/${sid}`)],
      [406, 'not-acceptable', ({ api }) => api.get('/nowhere').set('accept', 'text/html')],
      [
        415,
        'unsupported-media-type',
        ({ api }) => api.post(`/v1/challenges/${sid}/notifications`).type('text').send('x'),
      ],
      [
        413,
        'payload-too-large',
        ({ api }) => api.post(`/v1/challenges/${sid}/notifications`).send({ x: 'x'.repeat(5000) }),
      ],
      [414, 'uri-too-long', ({ api }) => api.get(`/${'x'.repeat(3000)}`)],
      [400, 'invalid-request', ({ api }) => api.get('/v1/challenges/%zz')],
    ])('%i %s', async (status, code, ask) => {
      const { headers } = await ask(rig).set('origin', APP).expect(status).expect(told(code));
      readable(headers);
    });

    test('429, with the wait', async () => {
      const screen = await rig.login({ ageSeconds: 0 });
      const { headers } = await screen.tap().set('origin', APP).expect(429).expect(told('cooling-down'));
      readable(headers);
      expect(headers['retry-after']).toBeDefined();
    });

    test('429 of the throttler', async () => {
      const strict = await startRig({ CORS_ORIGINS: APP, THROTTLE_SESSION_PER_MINUTE: '1' });
      const screen = await strict.login();
      await screen.tap().expect(201);
      const { headers } = await screen.tap().set('origin', APP).expect(429).expect(told('too-many-requests'));
      readable(headers);
      await strict.close();
    });

    test('503 while Twilio is down, and while this instance drains', async () => {
      const leaving = await startRig({ CORS_ORIGINS: APP });
      const screen = await leaving.login();
      await leaving.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'reset-before', times: 1 });
      readable((await screen.tap().set('origin', APP).expect(503)).headers);
      expect(await leaving.drain.drain(1000)).toBe(0);
      readable((await screen.tap().set('origin', APP).expect(503).expect(told('shutting-down'))).headers);
      await leaving.close();
    });
  });

  describe('a preflight', () => {
    const path = `/v1/challenges/YC${'0'.repeat(32)}/notifications`;
    const preflight = (origin: string, more: Record<string, string> = PREFLIGHT) =>
      rig.api.options(path).set({ origin, ...more });

    test.each([APP, CAPACITOR, IONIC])('of %s is told what it may send, and for how long', async (origin) => {
      const { headers, text } = await preflight(origin).expect(204);
      expect(text).toBe('');
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(list(headers['access-control-allow-methods'])).toEqual(['GET', 'POST']);
      expect(list(headers['access-control-allow-headers'])).toEqual(
        [...ALLOWED_HEADERS, 'X-App-Version', 'x-platform'].toSorted(),
      );
      expect(Number(headers['access-control-max-age'])).toBeGreaterThan(0);
      expect(headers['vary']).toBe('Origin');
      expect(headers['request-id']).toBeDefined();
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    });

    test('needs no credential and counts for nobody', async () => {
      for (let count = 0; count < 3; count++) await preflight(APP).expect(204);
      const screen = await rig.login();
      await screen.tap().expect(201);
    });

    test.each(NOT_ALLOWED)('a preflight from %j is treated like any OPTIONS request', async (origin) => {
      const { headers } = await preflight(origin).expect(405).expect(told('method-not-allowed'));
      expect(ofCors(headers)).toEqual([]);
    });

    test('is none without the method that is asked for', async () => {
      const { headers } = await preflight(APP, {}).expect(405);
      expect(headers['allow']).toBe('POST');
    });

    test('is answered while this instance drains, so that the page can read why it is refused', async () => {
      const leaving = await startRig({ CORS_ORIGINS: APP });
      await leaving.drain.drain(1000);
      await leaving.api
        .options(path)
        .set({ origin: APP, ...PREFLIGHT })
        .expect(204);
      await leaving.close();
    });
  });

  test('the private port knows nothing of it', async () => {
    const preflight = await rig.ops
      .options('/internal/v1/sessions')
      .set({ origin: APP, ...PREFLIGHT })
      .expect(405);
    const health = await rig.ops.get('/livez').set('origin', APP).expect(200);
    for (const { headers } of [preflight, health]) {
      expect(ofCors(headers)).toEqual([]);
      expect(headers['vary']).toBeUndefined();
    }
  });

  test('two Origins in one request are none', async () => {
    const answer = await raw(rig, [`Origin: ${APP}`, 'Origin: https://evil.example']);
    expect(answer.toLowerCase()).not.toContain('access-control-');
  });
});

test('without CORS_ORIGINS there is no CORS at all', async () => {
  const rig = await startRig();
  const screen = await rig.login();
  const answers = [
    await screen.tap().set('origin', APP).expect(201),
    await rig.api
      .options(`/v1/challenges/${screen.challengeSid}`)
      .set({ origin: APP, ...PREFLIGHT })
      .expect(405),
  ];
  for (const { headers } of answers) {
    expect(ofCors(headers)).toEqual([]);
    expect(headers['vary']).toBeUndefined();
  }
  await rig.close();
});

test('only with cookies are credentials allowed', async () => {
  const { redis, keyPrefix } = ownCorner();
  const rig = await startRig({
    SESSION_STRATEGY: 'express-session',
    SESSION_COOKIE_SECRETS: 'the-secret-of-the-login-backend',
    REDIS_URL: redisUrl(),
    REDIS_KEY_PREFIX: keyPrefix,
    CORS_ORIGINS: `${APP},${CAPACITOR}`,
  });
  const path = `/v1/challenges/YC${'0'.repeat(32)}`;
  const answers = [
    await rig.api
      .options(path)
      .set({ origin: APP, ...PREFLIGHT })
      .expect(204),
    await rig.api.get(path).set({ origin: APP }).expect(401),
    await rig.api.get(path).set({ origin: APP, cookie: 'connect.sid=x', 'sec-fetch-site': 'cross-site' }).expect(401),
  ];
  for (const { headers } of answers) {
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(headers['access-control-allow-origin']).toBe(APP);
  }
  const fromWebView = { origin: CAPACITOR, cookie: 'connect.sid=x' };
  await rig.api.post(`${path}/notifications`).set(fromWebView).expect(401).expect(told('session-invalid'));
  const other = await rig.api.get(path).set({ origin: 'https://evil.example', cookie: 'connect.sid=x' }).expect(403);
  expect(ofCors(other.headers)).toEqual([]);
  await rig.close();
  redis.disconnect();
});

/** The whole answer to a GET with these lines in its head. */
function raw(rig: Rig, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const head = ['GET /nowhere HTTP/1.1', 'Host: x', 'Connection: close', ...lines, '', ''].join('\r\n');
    const socket = connect(rig.ports.public, '127.0.0.1', () => socket.write(head));
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
