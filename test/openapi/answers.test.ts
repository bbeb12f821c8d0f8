import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Response } from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPES } from '@nest/internal/scopes.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';

interface Operation {
  readonly responses: Record<string, unknown>;
  readonly requestBody?: { readonly required?: boolean };
}
type Path = { readonly [method in Method]?: Operation } & {
  readonly servers?: readonly { readonly variables: { readonly port: { readonly default: string } } }[];
};
type Method = 'get' | 'put' | 'post' | 'delete';
interface Documented {
  readonly paths: Readonly<Record<string, Path>>;
  readonly components: object;
}

const document = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Documented;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'api', components: document.components });
let rig: Rig;

beforeAll(async () => {
  rig = await startRig(
    { TWILIO_AUTH_TOKEN: 'the-auth-token', PUBLIC_URL: 'https://resend.example' },
    { all: { scopes: [...SCOPES] } },
  );
});
afterAll(() => rig?.close());

/** What the document says of an answer that really came. */
function complaints(path: string, { status, type, body, text }: Response, method: Method): string | undefined {
  const response = document.paths[path]?.[method]?.responses[status] as
    | { content?: Record<string, { schema: object }> }
    | undefined;
  if (!response) return `${method} ${path}: nothing is said of ${status}`;
  const schema = response.content?.[type]?.schema;
  if (!schema)
    return status === 204 || type === '' ? undefined : `${method} ${path} ${status}: nothing is said of ${type}`;
  const check = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object);
  return check(type === 'text/plain' ? text : body)
    ? undefined
    : `${method} ${path} ${status}: ${ajv.errorsText(check.errors)}`;
}

const TAP = '/v1/challenges/{challengeSid}/notifications';
const LOOK = '/v1/challenges/{challengeSid}';

test('every route of both ports is in the document', () => {
  const routes = rig.routes.filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/docs'));
  const missing = routes.filter(({ url, method }) => {
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    return document.paths[path]?.[method.toLowerCase() as Method] === undefined;
  });
  expect(routes.length).toBeGreaterThan(12);
  expect(missing).toEqual([]);
});

test('every path has the server of its port', () => {
  const wrong = rig.routes.filter(({ surface, url }) => {
    const path = document.paths[url.replaceAll(/:(\w+)/g, '{$1}')];
    const port = path?.servers?.[0]?.variables.port.default;
    return path && port !== (surface === 'private' ? '9090' : undefined);
  });
  expect(wrong).toEqual([]);
});

test('a body is required where a request without one is not valid, and nowhere else', async () => {
  const { identity, challengeSid } = await rig.login();
  const asked = Object.entries(document.paths).flatMap(([path, item]) =>
    (['put', 'post', 'delete'] as const).flatMap((method) => {
      const body = path.startsWith('/internal/') ? item[method]?.requestBody : undefined;
      return body ? [{ path, method, isRequired: body.required === true }] : [];
    }),
  );
  for (const { path, method, isRequired } of asked) {
    const url = path.replace('{identity}', identity).replace('{challengeSid}', challengeSid);
    const { status } = await rig.ops[method](url).set('authorization', `Bearer ${rig.apiKeys['all']}`);
    expect([method, path, status === 400]).toEqual([method, path, isRequired]);
  }
  expect(new Set(asked.map(({ isRequired }) => isRequired)).size).toBe(2);
});

test('responses to a login screen match the OpenAPI document', async () => {
  const seen: (string | undefined)[] = [];
  const statuses = new Set<number>();
  const note = (path: string, method: Method, response: Response) => {
    statuses.add(response.status);
    seen.push(complaints(path, response, method));
  };
  const press = async (screen: Screen, options?: Parameters<Screen['tap']>[0]) =>
    note(TAP, 'post', await screen.tap(options));
  const screen = await rig.login();
  note(LOOK, 'get', await screen.look());
  await press(screen, { key: 'a-first-press' });
  await press(screen, { key: 'a-first-press' });
  await press(screen, { key: 'a-first-press', body: { ttl: 10 } });
  rig.wait(3);
  await press(screen);
  await press(screen, { body: { ttl: 'long' } });
  note(LOOK, 'get', await screen.look());
  note(LOOK, 'get', await screen.look(`YC${'0'.repeat(32)}`));
  note(TAP, 'post', await rig.api.post(`/v1/challenges/${screen.challengeSid}/notifications`));
  await screen.respond('approved');
  rig.wait(60);
  await press(screen);
  note(LOOK, 'get', await screen.look());
  const denied = await rig.login();
  await denied.respond('denied');
  await press(denied);
  await press(await rig.login({ identity: denied.identity }));
  await press(await rig.login({ factorType: 'totp' }));
  const expiring = await rig.login({ expiresInSeconds: 60, ageSeconds: 40 });
  rig.wait(60);
  await press(expiring);
  await rig.simulate('POST', '/faults', {
    operation: 'fetchChallenge',
    kind: 'error-json',
    status: 503,
    code: 20500,
    times: 2,
  });
  await press(await rig.login());
  expect(seen.filter(Boolean)).toEqual([]);
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 409, 410, 422, 429]));
});

test('what internal consumers and operators are answered is what the document says', async () => {
  const screen = await rig.login();
  const { identity, challengeSid } = screen;
  await screen.tap();
  const user = `/internal/v1/identities/${identity}`;
  const calls: [method: Method, path: string, url: string, body?: object][] = [
    ['post', '/internal/v1/sessions', '/internal/v1/sessions', { identity, expiresInSeconds: 60 }],
    ['post', '/internal/v1/sessions', '/internal/v1/sessions', { identity }],
    ['delete', '/internal/v1/sessions/{id}', `/internal/v1/sessions/${'0'.repeat(32)}`],
    ['get', '/internal/v1/identities/{identity}/resend-state', `${user}/resend-state`],
    ['put', '/internal/v1/identities/{identity}/block', `${user}/block`, { reason: 'a drill', expiresInSeconds: 60 }],
    ['get', '/internal/v1/identities/{identity}/resend-state', `${user}/resend-state`],
    ['delete', '/internal/v1/identities/{identity}/block', `${user}/block`],
    ['put', '/internal/v1/pause', '/internal/v1/pause', { paused: true, reason: 'a drill', expiresInSeconds: 60 }],
    ['get', '/internal/v1/pause', '/internal/v1/pause'],
    ['put', '/internal/v1/pause', '/internal/v1/pause', { paused: false, reason: 'over' }],
    ['post', '/internal/v1/identities/{identity}/resets', `${user}/resets`, { reason: 'a drill', reference: 'case-1' }],
    ['get', '/internal/v1/audit-events', `/internal/v1/audit-events?identity=${identity}&limit=2`],
    ['get', '/livez', '/livez'],
    ['get', '/readyz', '/readyz'],
    ['get', '/metrics', '/metrics'],
  ];
  const resend = '/internal/v1/identities/{identity}/challenges/{challengeSid}/notifications';
  for (const body of [{ dryRun: true }, {}, { ttl: -1 }])
    calls.push(['post', resend, `${user}/challenges/${challengeSid}/notifications`, body]);
  const seen: (string | undefined)[] = [];
  for (const [method, path, url, body] of calls) {
    const request = rig.ops[method](url).set('authorization', `Bearer ${rig.apiKeys['all']}`);
    seen.push(complaints(path, await (body === undefined ? request : request.send(body)), method));
  }
  expect(seen.filter(Boolean)).toEqual([]);
});
