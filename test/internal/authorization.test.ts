/**
 * Who may do what: every route of both ports with every kind of credential, as one table. A route that is added without
 * a row fails the first test.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPES, type Scope } from '@nest/internal/scopes.js';
import { until } from '../redis/own-servers.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';
import { codeOf, rawRequest } from './raw-request.js';
import { ROWS, type Row, type Scene } from './routes.js';

const withheld = (scope: Scope) => `all-but-${scope.replace(':', '-')}`;

let rig: Rig;
let endedSession: Screen;
let endedToken: string;
beforeAll(async () => {
  rig = await startRig(
    {
      TWILIO_AUTH_TOKEN: 'the-auth-token',
      PUBLIC_URL: 'https://login.example.com',
      THROTTLE_ADDRESS_PER_MINUTE: '100000',
    },
    {
      all: { scopes: SCOPES },
      none: { scopes: [] },
      ended: { scopes: SCOPES, expiresAt: '2020-01-01T00:00:00Z' },
      ...Object.fromEntries(
        SCOPES.map((scope) => [withheld(scope), { scopes: SCOPES.filter((one) => one !== scope) }]),
      ),
    },
  );
  endedSession = await rig.login();
  const { body } = await rig.ops
    .post('/internal/v1/sessions')
    .set('authorization', `Bearer ${rig.apiKey}`)
    .send({ identity: endedSession.identity, expiresInSeconds: 1 });
  endedToken = body.token;
  const look = () =>
    rig.api.get(`/v1/challenges/${endedSession.challengeSid}`).set('authorization', `Bearer ${endedToken}`);
  await until('the session has expired', async () => (await look()).status === 401);
});
afterAll(() => rig.close());

async function newScene(): Promise<Scene> {
  const screen = await rig.login();
  return { screen, sessionId: screen.token.split('_')[1] ?? '' };
}

function pathOf({ url }: Row, { screen, sessionId }: Scene): string {
  const { identity, challengeSid } = screen;
  return url.replace(':challengeSid', challengeSid).replace(':identity', identity).replace(':id', sessionId);
}

async function call(row: Row, scene: Scene, authorization: string | undefined) {
  const { surface, method, body } = row;
  const headers = authorization === undefined ? {} : { authorization };
  const path = pathOf(row, scene);
  return rawRequest(rig.ports[surface], { method, path, headers, ...(body && { body: body(scene) }) });
}

/** The last but one character changed: the right form, the wrong secret. */
const spoilt = (credential: string) =>
  credential.slice(0, -2) + (credential.at(-2) === 'A' ? 'B' : 'A') + credential.slice(-1);

type Expected = readonly [status: number, code: string | undefined];
const INVALID: Expected = [401, 'session-invalid'];
const NO_SCOPE: Expected = [403, 'insufficient-scope'];
const NOT_FOUND: Expected = [404, 'challenge-not-found'];

interface Credential {
  readonly name: string;
  /** The header, for this route and this user. */
  readonly of: (row: Row, scene: Scene) => string | undefined | Promise<string>;
  /** The answer, where a session of the user is asked for, and where a consumer is. */
  readonly toSession: Expected | 'right';
  readonly toConsumer: Expected | 'right';
  /** True if the header has no bearer token at all: RFC 6750 then tells of no error. */
  readonly isAbsent?: true;
}

const key = (id: string) => `Bearer ${rig.apiKeys[id]}`;
const CREDENTIALS: readonly Credential[] = [
  { name: 'none', of: () => undefined, toSession: INVALID, toConsumer: INVALID, isAbsent: true },
  { name: 'an empty one', of: () => '', toSession: INVALID, toConsumer: INVALID, isAbsent: true },
  {
    name: 'another scheme',
    of: () => `Basic ${rig.apiKeys['all']}`,
    toSession: INVALID,
    toConsumer: INVALID,
    isAbsent: true,
  },
  { name: 'a malformed one', of: () => 'Bearer not-a-credential', toSession: INVALID, toConsumer: INVALID },
  {
    name: 'two at once',
    of: (_, { screen }) => `${key('all')}, Bearer ${screen.token}`,
    toSession: INVALID,
    toConsumer: INVALID,
  },
  { name: 'an overlong one', of: () => `Bearer ${'a'.repeat(5000)}`, toSession: INVALID, toConsumer: INVALID },
  {
    name: 'what looks like a JWT',
    of: () => 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInNjb3BlIjoic3RhdGU6cmVhZCJ9.',
    toSession: INVALID,
    toConsumer: INVALID,
  },
  { name: 'an API key with the wrong secret', of: () => spoilt(key('all')), toSession: INVALID, toConsumer: INVALID },
  { name: 'an API key that has expired', of: () => key('ended'), toSession: INVALID, toConsumer: INVALID },
  { name: 'an API key without any scope', of: () => key('none'), toSession: INVALID, toConsumer: NO_SCOPE },
  {
    name: 'an API key with every scope but the right one',
    of: ({ opensTo }) => key(SCOPES.includes(opensTo as Scope) ? withheld(opensTo as Scope) : 'all'),
    toSession: INVALID,
    toConsumer: NO_SCOPE,
  },
  {
    name: 'a session with the wrong secret',
    of: (_, { screen }) => spoilt(`Bearer ${screen.token}`),
    toSession: INVALID,
    toConsumer: INVALID,
  },
  { name: 'a session that has expired', of: () => `Bearer ${endedToken}`, toSession: INVALID, toConsumer: INVALID },
  {
    name: 'a session of another user',
    of: async () => `Bearer ${(await rig.login({ isUnbound: true })).token}`,
    toSession: NOT_FOUND,
    toConsumer: INVALID,
  },
  {
    name: 'a session of this user, bound to another Challenge',
    of: async (_, { screen }) => `Bearer ${(await rig.login({ identity: screen.identity })).token}`,
    toSession: NOT_FOUND,
    toConsumer: INVALID,
  },
  {
    name: 'a session of this user',
    of: (_, { screen }) => `Bearer ${screen.token}`,
    toSession: 'right',
    toConsumer: INVALID,
  },
  { name: 'an API key with every scope', of: () => key('all'), toSession: INVALID, toConsumer: 'right' },
];

function expectedOf({ opensTo, right }: Row, { toSession, toConsumer }: Credential): Expected {
  if (opensTo === 'anybody') return [right, undefined];
  if (opensTo === 'signature') return [403, 'webhook-signature-invalid'];
  const expected = opensTo === 'session' ? toSession : toConsumer;
  return expected === 'right' ? [right, undefined] : expected;
}

/** RFC 6750, 3. */
function challengeOf(status: number, { opensTo }: Row, { isAbsent }: Credential): string | undefined {
  if (status === 401) return isAbsent ? 'Bearer' : 'Bearer error="invalid_token"';
  const lacksScope = status === 403 && opensTo !== 'signature';
  return lacksScope ? `Bearer error="insufficient_scope", scope="${opensTo}"` : undefined;
}

test('every route of both ports has a row, and every row is a route', () => {
  const isCovered = ({ surface, method, url }: { surface?: string; method: string; url: string }) =>
    ROWS.some((row) => row.surface === surface && row.url === url && (row.method === method || isHead(row, method)));
  expect(rig.routes.filter((route) => !isCovered(route))).toEqual([]);
  const isRoute = ({ surface, method, url }: Row) =>
    rig.routes.some((route) => route.surface === surface && route.method === method && route.url === url);
  expect(ROWS.filter((row) => !isRoute(row))).toEqual([]);
});

test('every scope opens something', () => {
  expect(SCOPES.filter((scope) => !ROWS.some(({ opensTo }) => opensTo === scope))).toEqual([]);
});

function isHead(row: Row, method: string): boolean {
  return row.method === 'GET' && method === 'HEAD';
}

test.each(ROWS)('$method $url is open only to those it should be', async (row) => {
  const expected = CREDENTIALS.map((credential) => {
    const [status, code] = expectedOf(row, credential);
    return { credential: credential.name, status, code, challenge: challengeOf(status, row, credential) };
  });
  const told: typeof expected = [];
  for (const credential of CREDENTIALS) {
    const scene = await newScene();
    const answer = await call(row, scene, await credential.of(row, scene));
    const challenge = answer.headers['www-authenticate'] as string | undefined;
    told.push({ credential: credential.name, status: answer.status, code: codeOf(answer), challenge });
  }
  expect(told).toEqual(expected);
});

test.each(ROWS.filter(({ method }) => method === 'GET'))('HEAD $url is guarded as GET is', async (row) => {
  for (const credential of CREDENTIALS) {
    const scene = await newScene();
    const answer = await call({ ...row, method: 'HEAD' }, scene, await credential.of(row, scene));
    expect([credential.name, answer.status, answer.text]).toEqual([
      credential.name,
      expectedOf(row, credential)[0],
      '',
    ]);
  }
});

const guarded = ROWS.filter(({ opensTo }) => opensTo !== 'anybody' && opensTo !== 'signature');
test.each(guarded)('$method $url checks the credential before anything else', async (row) => {
  const { surface, method, url } = row;
  const path = `${url.replaceAll(/:\w+/g, '%20not%20valid%20')}?unknown=1`;
  const body = { nothing: ['that', 'is', 'known'] };
  const send = (headers: Record<string, string>) => rawRequest(rig.ports[surface], { method, path, headers, body });
  expect(codeOf(await send({}))).toBe('session-invalid');
  if (surface === 'public') return;
  expect(codeOf(await send({ authorization: key('none') }))).toBe('insufficient-scope');
  const takesNothing = method === 'GET' && url === '/internal/v1/pause';
  expect((await send({ authorization: key('all') })).status).toBe(takesNothing ? 200 : 400);
});
