/** Whole requests over raw sockets, to both ports. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROBLEMS, type ProblemCode } from '@nest/answers/problems.js';
import { scrape } from '../ops/exposition.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';
import { fuzz, shareOf } from './fuzz.js';
import { CANARY } from './inputs.js';
import { type Known, written } from './request-bytes.js';
import { exchange, type ReadAnswer } from './wire.js';

/** Somebody else is asked about after each so many connections. */
const EVERY = 25;
const MOST_GROWTH = 64 * 1024 * 1024;

/** The attacker has a session of its own, and an API key that may only read. */
let rig: Rig;
let attacker: Screen;
let victim: Screen;
let standing: unknown;
let heapBefore = 0;
const known: { -readonly [Name in keyof Known]: string[] } = { tokens: [], challengeSids: [], identities: [] };

beforeAll(async () => {
  rig = await startRig(
    {
      PUBLIC_URL: 'https://login.example.com',
      TWILIO_AUTH_TOKEN: `${CANARY}-of-the-account`,
      CORS_ORIGINS: 'https://app.example.com',
      THROTTLE_SESSION_PER_MINUTE: '100000',
      THROTTLE_ADDRESS_PER_MINUTE: '100000',
      EVENTS_HEARTBEAT_SECONDS: '60',
    },
    { reader: { scopes: ['state:read', 'audit:read'] } },
  );
  attacker = await rig.login();
  victim = await rig.login();
  standing = (await victim.look().expect(200)).body;
  known.tokens.push(attacker.token, rig.apiKeys['reader'] ?? '');
  known.challengeSids.push(attacker.challengeSid, victim.challengeSid, `YC${'0'.repeat(32)}`);
  known.identities.push(attacker.identity, victim.identity);
});
afterAll(() => rig.close());

/** The ids of answers that must have a line in the log: of those to HEAD nobody sees what they were about. */
const told = new Set<string>();
let connections = 0;
/** What was answered: the code of a problem, or `standing` of whoever was let in. */
const reached = new Set<string>();

function expectAnswer({ status, headers, body }: ReadAnswer): void {
  expect(status).not.toBe(500);
  const id = headers.get('request-id') ?? '';
  expect(id).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cache-control')).toMatch(/^no-store/);
  expect(`${[...headers].join()}${body}`).not.toContain(CANARY);
  expect(body).not.toMatch(/\n\s+at |node_modules/);
  if (status < 400) {
    if (body.includes('"resend":')) reached.add('standing');
    expect([200, 201, 204]).toContain(status);
    const isRoutine = headers.get('content-type')?.startsWith('text/plain') || body.startsWith('{"status":');
    if (body !== '' && !isRoutine) told.add(id);
    return;
  }
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json(; charset=utf-8)?$/);
  if (body === '') return; // of a HEAD
  const problem = JSON.parse(body) as { code: ProblemCode; status: number; requestId: string };
  expect(problem).toMatchObject({ status, requestId: id });
  expect(PROBLEMS[problem.code].status).toBe(status);
  reached.add(problem.code);
}

/** Made when the rig is there. */
let made: ReturnType<typeof written> | undefined;
const anything = fc.constant(undefined).chain(() => (made ??= written(known)));

fuzz('requests', {
  'every connection gets whole answers of this service alone, and nobody else notices': fc.asyncProperty(
    anything,
    async (sent) => {
      for (const answer of await exchange(rig.ports[sent.port], sent)) expectAnswer(answer);
      if (connections === Math.round(shareOf('requests') / 10)) heapBefore = heapUsed();
      connections += 1;
      if (connections % EVERY === 0) expect((await victim.look().expect(200)).body).toEqual(standing);
    },
  ),
});

test('not all fuzzed requests are refused by the first check', () => {
  const frequent = ['standing', 'invalid-request', 'session-invalid', 'not-found', 'method-not-allowed'];
  for (const code of frequent) expect(reached).toContain(code);
});

test('no push was sent but for the session and the Challenge of the sender, within its limits', async () => {
  interface Entry {
    readonly method: string;
    readonly path: string;
    readonly effect: string;
  }
  const journal = await rig.simulate<Entry[]>('GET', '/journal');
  const creates = journal.filter(({ method }) => method === 'POST');
  const own = `/Entities/${attacker.identity}/Challenges/${attacker.challengeSid}/Notifications`;
  for (const { path } of creates) expect(path).toContain(own);
  expect(creates.length).toBeLessThanOrEqual(1);
  expect(await victim.created()).toBe(0);
});

test('the log has no secret and no bug, and one line for each request that was let in', () => {
  const log = rig.logged();
  for (const secret of [CANARY, attacker.token, ...Object.values(rig.apiKeys), victim.identity, attacker.identity]) {
    expect(log.includes(secret)).toBe(false);
  }
  expect(log).not.toContain('"event":"unexpected"');
  const lines = new Map<string, number>();
  for (const line of log.split('\n').filter((one) => one.includes('"event":"request"'))) {
    const { requestId } = JSON.parse(line) as { requestId: string };
    lines.set(requestId, (lines.get(requestId) ?? 0) + 1);
  }
  for (const [id, count] of lines) expect([id, count]).toEqual([id, 1]);
  for (const id of told) expect(lines.has(id)).toBe(true);
  expect(told.size).toBeGreaterThan(0);
});

test('nothing is left: no request, no connection, no memory', async () => {
  await expect
    .poll(async () => (await scrape(rig)).value('push_resend_requests_in_flight'), { timeout: 10_000 })
    .toBe(1);
  await expect
    .poll(async () => (await scrape(rig)).value('push_resend_http_connections', { surface: 'public' }), {
      timeout: 10_000,
    })
    .toBeLessThan(5);
  expect(heapUsed() - heapBefore).toBeLessThan(MOST_GROWTH + rig.logged().length);
});

test('somebody else presses, and gets the push', async () => {
  await victim.tap().expect(201);
  expect(await victim.created()).toBe(1);
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
