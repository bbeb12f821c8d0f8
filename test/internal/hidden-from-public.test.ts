/** No internal path exists on the public port, whatever a request says about where it came in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '@nest/internal/scopes.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';
import { codeOf, rawRequest } from './raw-request.js';

let rig: Rig;
let screen: Screen;
/** Every call of the private port, with a path that works there. */
let calls: { method: string; path: string }[];
beforeAll(async () => {
  rig = await startRig({ THROTTLE_ADDRESS_PER_MINUTE: '100000' }, { all: { scopes: SCOPES } });
  screen = await rig.login();
  const { identity, challengeSid, token } = screen;
  calls = rig.routes
    .filter(({ surface, method }) => surface === 'private' && method !== 'HEAD')
    .map(({ method, url }) => ({
      method,
      path: url
        .replace(':identity', identity)
        .replace(':challengeSid', challengeSid)
        .replace(':id', token.split('_')[1] ?? ''),
    }));
});
afterAll(() => rig.close());

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  rawRequest(rig.ports.public, {
    method,
    path,
    headers: { authorization: `Bearer ${rig.apiKeys['all']}`, ...headers },
    ...(method !== 'GET' && { body: { reason: 'to see whether it is there', paused: true, expiresInSeconds: 60 } }),
  });

const upper = (path: string) => path.replace(/^\/[a-z]+/, (first) => first.toUpperCase());
const encoded = (path: string) => path.replace(/^\/(.)/, (_, first: string) => `/%${first.charCodeAt(0).toString(16)}`);

const PATHS: readonly (readonly [name: string, of: (path: string) => string])[] = [
  ['as it is', (path) => path],
  ['with two slashes', (path) => `/${path}`],
  ['with two slashes inside', (path) => path.replaceAll(/(?<=\w)\//g, '//')],
  ['with a slash at the end', (path) => `${path}/`],
  ['encoded', encoded],
  ['encoded twice', (path) => encoded(path).replaceAll('%', '%25')],
  ['with encoded slashes', (path) => `/${path.slice(1).replaceAll('/', '%2F')}`],
  ['in upper case', upper],
  ['with a dot', (path) => `/.${path}`],
  ['over a path that is there', (path) => `/v1/..${path}`],
  ['over an encoded step up', (path) => `/v1/%2e%2e${path}`],
  ['with a matrix parameter', (path) => path.replace(/(?<=\w)(?=\/|$)/, ';a=b')],
  ['with a backslash', (path) => path.replace(/^\//, '/\\')],
  ['as an absolute address', (path) => `http://127.0.0.1:${rig.ports.private}${path}`],
];

describe.each(PATHS)('a private path %s', (_name, of) => {
  test('is unknown on the public port', async () => {
    for (const { method, path } of calls) {
      const answer = await ask(method, of(path));
      expect([method, path, answer.status, codeOf(answer)]).toEqual([method, path, 404, 'not-found']);
    }
  });
});

const HEADERS: readonly ((ports: Rig['ports']) => Record<string, string>)[] = [
  (ports) => ({ host: `127.0.0.1:${ports.private}` }),
  () => ({ host: 'internal.example.com' }),
  (ports) => ({ 'x-forwarded-port': String(ports.private), 'x-forwarded-host': `127.0.0.1:${ports.private}` }),
  () => ({ 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-proto': 'https' }),
  (ports) => ({ forwarded: `for=127.0.0.1;host="127.0.0.1:${ports.private}";proto=http` }),
  () => ({ 'x-original-url': '/livez', 'x-rewrite-url': '/livez' }),
  () => ({ 'x-http-method-override': 'GET' }),
  () => ({ surface: 'private', 'accept-version': 'private' }),
];

test.each(HEADERS)('no header brings a request to the private port (%#)', async (headersOf) => {
  for (const { method, path } of calls) {
    const answer = await ask(method, path, headersOf(rig.ports));
    expect([method, path, answer.status, codeOf(answer)]).toEqual([method, path, 404, 'not-found']);
  }
});

test('nothing of all this has done anything', async () => {
  await screen.look().expect(200);
  await rig.ops
    .get('/internal/v1/pause')
    .set('authorization', `Bearer ${rig.apiKeys['all']}`)
    .expect(200, { paused: false });
  expect(await screen.created()).toBe(0);
});
