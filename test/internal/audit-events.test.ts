/** What was done, over HTTP: who, on whose behalf, why, and by which request. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityHasher } from '@ledger/identity-hash.js';
import { type ConsumerRig, startConsumerRig } from './consumer.js';

const hashOf = identityHasher('a secret that only the tests of this service have');

let at: ConsumerRig;
beforeAll(async () => {
  at = await startConsumerRig({ THROTTLE_ADDRESS_PER_MINUTE: '100000' });
});
afterAll(() => at.rig.close());

interface Told {
  readonly type: string;
  readonly actor: string;
  readonly [field: string]: unknown;
}
const eventsOf = async (identity: string): Promise<Told[]> =>
  (await at.desk.events({ identity }).expect(200)).body.events;

test('a user’s story can be read from the newest to the oldest', async () => {
  const screen = await at.rig.login();
  const { identity, challengeSid } = screen;
  const user = hashOf(identity);
  await screen.tap().expect(201);
  await screen.tap({ key: 'press-0001' }).expect(201); // the same tap: no event
  at.rig.wait(10);
  await screen.tap().expect(429);
  at.rig.wait(50);
  await at.desk.resend(identity, challengeSid, { reason: 'caller on the phone', ttl: 20 }).expect(201);
  at.rig.wait(5);
  await screen.respond('approved');
  await screen.look().expect(200);
  await screen.look().expect(200);
  const reset = await at.desk.reset(identity, { reason: 'verified', reference: 'case-1' }).expect(201);
  await at.fraud.block(identity, { reason: 'push bombing', expiresInSeconds: 3600 }).expect(200);
  await at.desk.unblock(identity, { reason: 'mistaken' }).expect(204);
  const [, sessionId] = screen.token.split('_');
  const session = at.rig.ops.delete(`/internal/v1/sessions/${sessionId}`);
  await session.set('authorization', `Bearer ${at.rig.apiKey}`).expect(204);

  const common = {
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    occurredAt: expect.any(String),
    user,
    requestId: expect.any(String),
  };
  expect(await eventsOf(identity)).toEqual([
    { ...common, type: 'session.ended', actor: 'key:login-backend', challengeSid, changes: { sessionId } },
    { ...common, type: 'block.ended', actor: 'key:desk', reason: 'mistaken', changes: { leftSeconds: 3600 } },
    {
      ...common,
      type: 'block.set',
      actor: 'key:fraud',
      reason: 'push bombing',
      changes: { expiresAt: '2026-03-02T11:01:05.000Z' },
    },
    {
      ...common,
      type: 'limits.reset',
      actor: 'key:desk',
      reason: 'verified',
      reference: 'case-1',
      requestId: reset.headers['request-id'],
      changes: { 'user-15m.used': 0, 'user-24h.used': 0 },
    },
    {
      ...common,
      type: 'challenge.approved',
      actor: 'session',
      challengeSid,
      changes: { resends: 2, sinceLastResendSeconds: 5 },
    },
    {
      ...common,
      type: 'resend.sent',
      actor: 'key:desk',
      challengeSid,
      reason: 'caller on the phone',
      changes: { ttlSeconds: 20 },
    },
    { ...common, type: 'resend.sent', actor: 'session', challengeSid, changes: { ttlSeconds: 56 } },
    {
      ...common,
      type: 'session.registered',
      actor: 'key:login-backend',
      challengeSid,
      changes: { sessionId, expiresAt: expect.any(String) },
    },
  ]);
});

test('a resend that may have gone out is told as such', async () => {
  const screen = await at.rig.login();
  await at.rig.simulate('POST', '/faults', { operation: 'createNotification', kind: 'accept-then-reset', times: 1 });
  await screen.tap().expect(504);
  expect((await eventsOf(screen.identity)).map(({ type }) => type)).toEqual(['resend.unknown', 'session.registered']);
});

test('refusals are none, however many', async () => {
  const screen = await at.rig.login({ ageSeconds: 0 });
  for (let count = 0; count < 20; count++) await screen.tap().expect(429);
  expect((await eventsOf(screen.identity)).map(({ type }) => type)).toEqual(['session.registered']);
});

test('every event is a line of the log as well, with the same fields', async () => {
  const screen = await at.rig.login();
  await screen.tap().expect(201);
  const [event] = await eventsOf(screen.identity);
  const lines = at.rig
    .logged()
    .split('\n')
    .filter((line) => line.includes('"event":"audit"'))
    .map((line) => JSON.parse(line) as Told);
  expect(lines.find(({ id }) => id === event?.['id'])).toMatchObject({ ...event, level: 'info', event: 'audit' });
});

test('a reason stays in its field on one line, whatever it contains', async () => {
  const { identity } = await at.rig.login();
  const reason = String.raw`x","actor":"key:other"}\n{"event":"audit","level":"fatal","msg":"%s \u0022`;
  await at.desk.block(identity, { reason, expiresInSeconds: 60 }).expect(200);
  const lines = at.rig
    .logged()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  const told = lines.filter((line) => JSON.stringify(line).includes('key:other'));
  expect(told).toMatchObject([{ event: 'audit', level: 'info', actor: 'key:desk', type: 'block.set', reason }]);
});

test('no event and no line holds an identity, a token or a key', async () => {
  const screen = await at.rig.login();
  await screen.tap().expect(201);
  await at.desk.block(screen.identity).expect(200);
  const { text } = await at.desk.events({ limit: 200 }).expect(200);
  const secrets = [screen.identity, screen.token, screen.token.slice(-43), ...Object.values(at.rig.apiKeys)];
  for (const secret of secrets) {
    expect(text).not.toContain(secret);
    expect(at.rig.logged()).not.toContain(secret);
  }
  expect(text).not.toMatch(/(AC|VA|SK|YE|YF|NT)[0-9a-f]{32}/);
});

describe('a search', () => {
  test('goes through everybody’s events page by page, each once', async () => {
    const screens = [await at.rig.login(), await at.rig.login(), await at.rig.login()];
    for (const screen of screens) await screen.tap().expect(201);
    const ids: unknown[] = [];
    let before: string | undefined;
    do {
      const { body } = await at.desk.events({ limit: 3, ...(before !== undefined && { before }) }).expect(200);
      expect(body.events.length).toBeLessThanOrEqual(3);
      ids.push(...body.events.map(({ id }: Told) => id));
      before = body.before;
    } while (before !== undefined);
    const { body: all } = await at.desk.events({ limit: 200 }).expect(200);
    expect(ids).toEqual(all.events.map(({ id }: Told) => id));
    expect(new Set(ids).size).toBe(ids.length);
    const times = all.events.map(({ occurredAt }: Told) => occurredAt);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  test('finds one type, of one user or of all', async () => {
    const screen = await at.rig.login();
    await screen.tap().expect(201);
    const own = await at.desk.events({ identity: screen.identity, type: 'resend.sent' }).expect(200);
    expect(own.body.events).toHaveLength(1);
    const all = await at.desk.events({ type: 'resend.sent', limit: 200 }).expect(200);
    expect(new Set(all.body.events.map(({ type }: Told) => type))).toEqual(new Set(['resend.sent']));
    const none = await at.desk.events({ identity: 'nobody-0001' }).expect(200);
    expect(none.body).toEqual({ events: [] });
  });

  test.each([
    ['?unknown=1', '/query/unknown'],
    ['?type=resend.refused', '/query/type'],
    ['?limit=0', '/query/limit'],
    ['?limit=201', '/query/limit'],
    ['?limit=1e1', '/query/limit'],
    ['?limit=05', '/query/limit'],
    ['?limit=', '/query/limit'],
    ['?limit=1&limit=2', '/query/limit'],
    ['?identity=short', '/query/identity'],
    ['?identity=somebody-0001&identity=somebody-0002', '/query/identity'],
    ['?before=yesterday', '/query/before'],
    ['?before=1-1-1', '/query/before'],
    ['?constructor=1', '/query/constructor'],
    ['?__proto__=1', '/query/__proto__'],
    ['?limit[a]=1', '/query/limit[a]'],
  ])('unknown or invalid query parameters are refused: %s', async (query, pointer) => {
    const request = at.rig.ops.get(`/internal/v1/audit-events${query}`);
    const { body } = await request.set('authorization', `Bearer ${at.rig.apiKeys['desk']}`).expect(400);
    expect(body.code).toBe('invalid-request');
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });
});
