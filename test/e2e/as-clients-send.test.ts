/** What clients, WebViews, probes and proxies send of themselves: odd, and no mistake of anybody. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** The status and the body of the answer to bytes as they are. */
function raw(port: number, head: readonly string[], body = ''): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = [...head, 'Host: push-resend.test', 'Connection: close', '', body].join('\r\n');
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('end', () => resolve({ status: Number(answer.split(' ')[1]), body: answer.split('\r\n\r\n')[1] ?? '' }));
    socket.on('error', reject);
  });
}

const EMPTY = ['Content-Length: 0'];
const CHUNKED = ['Transfer-Encoding: chunked'];
const JSON_TYPE = 'Content-Type: application/json';
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';
const TEXT_TYPE = 'Content-Type: text/plain;charset=UTF-8';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

describe('an empty POST is an empty POST', () => {
  test.each<[string, string[], string?]>([
    ["curl -d ''", [FORM_TYPE, ...EMPTY]],
    ['fetch with an empty string', [TEXT_TYPE, ...EMPTY]],
    ['an empty body of JSON', [JSON_TYPE, ...EMPTY]],
    ['an empty body of JSON, with a charset', [`${JSON_TYPE}; charset=utf-8`, ...EMPTY]],
    ['an empty body of parts', ['Content-Type: multipart/form-data; boundary=x', ...EMPTY]],
    ['an empty body of a type that is none', ['Content-Type: nonsense', ...EMPTY]],
    ['an empty body of an empty type', ['Content-Type:', ...EMPTY]],
    ['a type, and no body', [JSON_TYPE]],
    ['no type, and a length of 0', EMPTY],
    ['no type, and no length', []],
    ['an empty chunked body', CHUNKED, '0\r\n\r\n'],
    ['an empty chunked body of JSON', [JSON_TYPE, ...CHUNKED], '0\r\n\r\n'],
    ['an empty chunked form', [FORM_TYPE, ...CHUNKED], '0\r\n\r\n'],
    ['an empty chunked text', [TEXT_TYPE, ...CHUNKED], '0\r\n\r\n'],
    ['JSON that is null', [JSON_TYPE, 'Content-Length: 4'], 'null'],
    ['JSON that is null, in a chunk', [JSON_TYPE, ...CHUNKED], chunk('null')],
    ['JSON of blanks', [JSON_TYPE, 'Content-Length: 4'], ' \r\n\t'],
    ['an encoding that is none', [JSON_TYPE, 'Content-Encoding: Identity', 'Content-Length: 2'], '{}'],
    ['an empty encoding', [JSON_TYPE, 'Content-Encoding:', 'Content-Length: 2'], '{}'],
  ])('%s', async (_, headers, body) => {
    const screen = await rig.login();
    const head = [
      `POST /v1/challenges/${screen.challengeSid}/notifications HTTP/1.1`,
      `Authorization: Bearer ${screen.token}`,
    ];
    expect(await raw(rig.ports.public, [...head, ...headers], body)).toMatchObject({ status: 201 });
    expect(await screen.created()).toBe(1);
  });

  test.each<[string, string[], string, number]>([
    ['text', [TEXT_TYPE, 'Content-Length: 6'], 'ttl=60', 415],
    ['text in chunks', [TEXT_TYPE, ...CHUNKED], chunk('ttl=60'), 415],
    ['chunks without a type', CHUNKED, chunk('{}'), 415],
    ['a form in chunks', [FORM_TYPE, ...CHUNKED], chunk('ttl=60'), 415],
    ['text that is compressed', [JSON_TYPE, 'Content-Encoding: identity, gzip', 'Content-Length: 2'], '{}', 415],
    ['text that is too long', [TEXT_TYPE, 'Content-Length: 1000000'], '', 415],
    ['half a JSON', [JSON_TYPE, 'Content-Length: 1'], '{', 400],
  ])('%s is none, and is refused', async (_, headers, body, status) => {
    const screen = await rig.login();
    const head = [
      `POST /v1/challenges/${screen.challengeSid}/notifications HTTP/1.1`,
      `Authorization: Bearer ${screen.token}`,
    ];
    expect(await raw(rig.ports.public, [...head, ...headers], body)).toMatchObject({ status });
    expect(await screen.created()).toBe(0);
  });

  test('a path that nobody serves is not found, whatever comes with it', async () => {
    const post = ['POST /v1/nothing HTTP/1.1', TEXT_TYPE];
    expect(await raw(rig.ports.public, [...post, 'Content-Length: 1000000'])).toMatchObject({ status: 404 });
    expect(await raw(rig.ports.public, [...post, ...CHUNKED], chunk('x'))).toMatchObject({ status: 404 });
  });

  test.each([JSON_TYPE, FORM_TYPE])('a DELETE with a %s and no body', async (type) => {
    const screen = await rig.login();
    const head = [
      `DELETE /internal/v1/sessions/${screen.sessionId} HTTP/1.1`,
      `Authorization: Bearer ${rig.apiKey}`,
      type,
    ];
    expect(await raw(rig.ports.private, head)).toMatchObject({ status: 204 });
    await screen.look().expect(401);
  });

  test('where a body is needed, its properties are missed', async () => {
    const register = rig.ops.post('/internal/v1/sessions').set('authorization', `Bearer ${rig.apiKey}`);
    const answer = await register.type('json').send('null').expect(400);
    const { errors } = answer.body as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toContain('/identity');
  });
});

describe('an Accept', () => {
  test.each([
    'application/json; charset=utf-8',
    'application/json;charset="utf-8, or so"; q=0.9',
    'text/html, application/json; version=1',
    'application/problem+json; charset=utf-8, application/json;charset=utf-8',
  ])('%s takes JSON', async (accept) => {
    const screen = await rig.login();
    await screen.look().set('accept', accept).expect(200);
  });

  test.each(['application/json; charset=utf-8; q=0', 'text/html; x="application/json"', 'text/html;a=b,image/png'])(
    '%s does not',
    async (accept) => {
      const screen = await rig.login();
      await screen.look().set('accept', accept).expect(406);
    },
  );

  test.each(['/livez', '/readyz', '/metrics'])('of a probe for HTML is no matter on %s', async (path) => {
    await rig.ops.get(path).set('accept', 'text/html').expect(200);
    await rig.ops.head(path).set('accept', 'text/html').expect(200);
  });
});
