import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const register = () => rig.ops.post('/internal/v1/sessions').send({ identity: 'somebody-0001', expiresInSeconds: 60 });

describe('the private port', () => {
  test('a registered session works until it is revoked', async () => {
    const screen = await rig.login();
    const registered = await register().set('authorization', `Bearer ${rig.apiKey}`).expect(201);
    expect(registered.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      token: expect.stringMatching(/^prs_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/),
      expiresAt: expect.any(String),
    });
    await screen.look().expect(200);
    const [, id] = screen.token.split('_');
    await rig.ops.delete(`/internal/v1/sessions/${id}`).set('authorization', `Bearer ${rig.apiKey}`).expect(204);
    await screen.look().expect(401);
    await rig.ops.delete(`/internal/v1/sessions/${id}`).set('authorization', `Bearer ${rig.apiKey}`).expect(204);
  });

  test.each(['', 'Bearer prk_nobody_x', `Bearer prk_login-backend_${'A'.repeat(43)}`, 'Bearer undefined'])(
    'lets nobody in with %j',
    async (authorization) => {
      const { body } = await register().set('authorization', authorization).expect(401);
      expect(body.code).toBe('session-invalid');
    },
  );

  test('is alive and ready', async () => {
    await rig.ops.get('/livez').expect(200, { status: 'ok' });
    await rig.ops
      .get('/readyz')
      .expect(200, { status: 'ok', checks: { ledger: 'ok', sessions: 'ok', draining: false } });
  });
});

describe('the public port', () => {
  test.each([
    ['/internal/v1/sessions', {}],
    ['/internal/v1/sessions', { host: 'localhost:9090' }],
    ['/internal/v1/sessions', { 'x-forwarded-port': '9090', 'x-forwarded-host': 'internal' }],
    ['//internal/v1/sessions', {}],
    ['/%69nternal/v1/sessions', {}],
    ['/v1/../internal/v1/sessions', {}],
  ])('does not know %s with %j', async (path, headers) => {
    const { body } = await rig.api
      .post(path)
      .set({ ...headers, authorization: `Bearer ${rig.apiKey}` })
      .send({ identity: 'somebody-0001', expiresInSeconds: 60 })
      .expect(404);
    expect(body.code).toBe('not-found');
  });

  test.each(['/metrics', '/livez', '/readyz'])('the public port does not know %s', async (path) => {
    await rig.api.get(path).expect(404);
  });

  test('and the private one does not know the public API', async () => {
    const screen = await rig.login();
    await rig.ops
      .get(`/v1/challenges/${screen.challengeSid}`)
      .set('authorization', `Bearer ${screen.token}`)
      .expect(404);
  });
});

// Other systems have no 127.0.0.2.
test.runIf(process.platform === 'linux')('the private port listens on PRIVATE_HOST, and only there', async () => {
  const split = await startRig({ PRIVATE_HOST: '127.0.0.2' });
  try {
    const statusOf = (host: string, port: number) =>
      fetch(`http://${host}:${port}/livez`).then(
        ({ status }) => status,
        (error: { cause: { code: string } }) => error.cause.code,
      );
    expect(await statusOf('127.0.0.2', split.ports.private)).toBe(200);
    expect(await statusOf('127.0.0.1', split.ports.private)).toBe('ECONNREFUSED');
    expect(await statusOf('127.0.0.1', split.ports.public)).toBe(404);
    expect(await statusOf('127.0.0.2', split.ports.public)).toBe('ECONNREFUSED');
  } finally {
    await split.close();
  }
});

describe('the metrics', () => {
  const scraped = async () => {
    const { text } = await rig.ops
      .get('/metrics')
      .expect(200)
      .expect('content-type', /^text\/plain/);
    return (series: string) => {
      const line = text.split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    };
  };

  test('are born at 0 and count what happened, by code', async () => {
    const before = await scraped();
    expect(before('push_resend_requests_total{operation="resend",outcome="refused",code="held-after-denial"}')).toBe(0);
    expect(before('push_resend_twilio_calls_total{operation="createNotification",code="60309"}')).toBe(0);
    const screen = await rig.login();
    await screen.tap().expect(201);
    await screen.tap().expect(201);
    rig.wait(5);
    await screen.tap().expect(429);
    const after = await scraped();
    const grown = (series: string) => (after(series) ?? Number.NaN) - (before(series) ?? Number.NaN);
    expect(grown('push_resend_requests_total{operation="resend",outcome="sent",code="none"}')).toBe(1);
    expect(grown('push_resend_requests_total{operation="resend",outcome="replayed",code="none"}')).toBe(1);
    expect(grown('push_resend_requests_total{operation="resend",outcome="refused",code="cooling-down"}')).toBe(1);
    expect(grown('push_resend_ledger_decisions_total{decision="granted"}')).toBe(1);
    expect(grown('push_resend_ledger_decisions_total{decision="cooling-down"}')).toBe(1);
    expect(grown('push_resend_reservations_total{settlement="sent"}')).toBe(1);
    expect(grown('push_resend_twilio_calls_total{operation="fetchChallenge",code="ok"}')).toBe(1);
    expect(grown('push_resend_twilio_call_duration_seconds_count{operation="createNotification"}')).toBe(1);
  });

  test('and the log name no user, no session and no Challenge', async () => {
    const screen = await rig.login();
    await screen.tap().expect(201);
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'reset-before', times: 2 });
    const other = await rig.login();
    await other.tap().expect(503);
    const { text } = await rig.ops.get('/metrics').expect(200);
    const { apiKeySecret, authToken } = await rig.simulate<Record<'apiKeySecret' | 'authToken', string>>('GET', '');
    for (const secret of [screen.identity, screen.token, other.identity, rig.apiKey, apiKeySecret, authToken]) {
      expect(text).not.toContain(secret);
      expect(rig.logged()).not.toContain(secret);
    }
    expect(text).not.toMatch(/(AC|VA|YC|YE|NT|SK)[0-9a-f]{32}/);
  });
});

const told = (code: string) => (answer: { body: { code: string } }) => expect(answer.body.code).toBe(code);

test('a session and an address have a limit of taps, and ten times as many looks', async () => {
  const strict = await startRig({ THROTTLE_SESSION_PER_MINUTE: '3', THROTTLE_ADDRESS_PER_MINUTE: '5' });
  try {
    const screen = await strict.login({ ageSeconds: 0 });
    for (let tap = 0; tap < 3; tap++) await screen.tap().expect(429).expect(told('cooling-down'));
    const { body, headers } = await screen.tap().expect(429);
    expect(body).toMatchObject({ code: 'too-many-requests', nextAction: 'wait' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    const neighbour = await strict.login({ ageSeconds: 0 });
    await neighbour.tap().expect(429).expect(told('cooling-down'));
    await neighbour.tap().expect(429).expect(told('too-many-requests'));
    for (let look = 0; look < 30; look++) await screen.look().expect(200);
    await screen.look().expect(429);
  } finally {
    await strict.close();
  }
});

test('an instance that drains says so, and takes no new work', async () => {
  const leaving = await startRig();
  try {
    const screen = await leaving.login();
    expect(await leaving.drain.drain(1000)).toBe(0);
    await leaving.ops.get('/readyz').expect(503);
    await leaving.ops.get('/livez').expect(200);
    const { body, headers } = await screen.tap().expect(503);
    expect(body).toMatchObject({ code: 'shutting-down', retryable: true });
    expect(headers['retry-after']).toBe('1');
  } finally {
    await leaving.close();
  }
});
