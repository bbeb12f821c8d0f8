import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, type Screen, startRig } from '../support/rig.js';

let rig: Rig;
let screen: Screen;
beforeAll(async () => {
  rig = await startRig({ THROTTLE_SESSION_PER_MINUTE: '1000' });
  screen = await rig.login();
});
afterAll(() => rig.close());

/** A tap with whatever body and headers, not only well-formed ones. */
function send(body: string | undefined, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const url = `http://127.0.0.1:${rig.ports.public}/v1/challenges/${screen.challengeSid}/notifications`;
  const init = { method: 'POST', headers: { authorization: `Bearer ${screen.token}`, ...headers } };
  return fetch(url, body === undefined ? init : { ...init, body });
}

/** Bytes as they are, and the answer's. */
function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(rig.ports.public, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString();
      if (answer.endsWith('}')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

interface Problem {
  readonly code: string;
  readonly requestId: string;
  readonly nextAction: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  const body = (await response.json()) as Problem;
  expect({ status: response.status, code: body.code }).toEqual({ status, code });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('request-id')).toBe(body.requestId);
  expect(body).toMatchObject({
    type: `urn:push-resend:problem:${code}`,
    status,
    title: expect.any(String),
    detail: expect.any(String),
    retryable: expect.any(Boolean),
    nextAction: expect.any(String),
  });
  return body;
}

describe('a body that is wrong', () => {
  test.each([
    ['a ttl of -1', '{"ttl":-1}', '/ttl'],
    ['a ttl of 301', '{"ttl":301}', '/ttl'],
    ['a ttl of 1.5', '{"ttl":1.5}', '/ttl'],
    ['a ttl in quotes', '{"ttl":"60"}', '/ttl'],
    ['a ttl of null', '{"ttl":null}', '/ttl'],
    ['a ttl of true', '{"ttl":true}', '/ttl'],
    ['a ttl in an array', '{"ttl":[60]}', '/ttl'],
    ['a nested object', '{"ttl":{"seconds":60}}', '/ttl'],
    ['an unknown property', '{"identity":"somebody-else"}', '/identity'],
    ['an array', '[]', ''],
    ['an array of bodies', '[{"ttl":60}]', ''],
    ['a number', '60', ''],
    ['a __proto__', '{"__proto__":{"ttl":60}}', ''],
    ['a constructor', '{"constructor":{"prototype":{"ttl":60}}}', ''],
    ['what every object inherits', '{"hasOwnProperty":1}', '/hasOwnProperty'],
    ['a setter that every object inherits', '{"__defineGetter__":1}', '/__defineGetter__'],
    ['a constructor property', '{"constructor":1}', '/constructor'],
    ['no JSON', '{"ttl":', ''],
  ])('%s is an invalid request that points at it', async (_, body, pointer) => {
    const { errors, nextAction } = await expectProblem(await send(body), 400, 'invalid-request');
    expect(errors[0]).toEqual({ pointer, message: expect.any(String) });
    expect(nextAction).toBe('fix-request');
  });

  test('a whole mebibyte is too large', async () => {
    await expectProblem(await send(`{"ttl":${'0'.repeat(1 << 20)}}`), 413, 'payload-too-large');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('%s is not read', async (type) => {
    await expectProblem(await send('ttl=60', { 'content-type': type }), 415, 'unsupported-media-type');
  });
});

describe('a path that is wrong', () => {
  // What the SDK would paste into Twilio's path as it is.
  test.each([
    'YC123',
    'YC..',
    '..',
    '%2e%2e',
    'YC%23',
    `YC${'g'.repeat(32)}`,
    `YC${'0'.repeat(32)}%23`,
    `YC${'0'.repeat(32)}%3Fa`,
    'a%5C..%5C..%5Cx',
    '%00',
  ])('a Challenge SID of %s is refused before any lookup', async (sid) => {
    const answer = await raw(
      `POST /v1/challenges/${sid}/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${screen.token}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
    expect(answer).toMatch(/"code":"(invalid-request|not-found)"/);
  });

  test('a malformed escape is an invalid request', async () => {
    const answer = await raw('GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('"code":"invalid-request"');
    expect(answer.toLowerCase()).toContain('cache-control: no-store');
    expect(answer).not.toContain('zz');
  });

  test('an unknown route is not found', async () => {
    await expectProblem(await fetch(`http://127.0.0.1:${rig.ports.public}/v1/nothing`), 404, 'not-found');
  });

  test('a path of 3,000 characters is too long', async () => {
    await expectProblem(await fetch(`http://127.0.0.1:${rig.ports.public}/${'a'.repeat(3000)}`), 414, 'uri-too-long');
  });

  test('a Challenge SID of 500 characters is too long', async () => {
    await expectProblem(
      await fetch(`http://127.0.0.1:${rig.ports.public}/v1/challenges/${'a'.repeat(500)}`),
      414,
      'uri-too-long',
    );
  });

  test('a wrong method gets 405 with the allowed ones', async () => {
    const url = `http://127.0.0.1:${rig.ports.public}/v1/challenges/${screen.challengeSid}`;
    const put = await fetch(`${url}/notifications`, { method: 'PUT', body: '{' });
    await expectProblem(put, 405, 'method-not-allowed');
    expect(put.headers.get('allow')).toBe('POST');
    const remove = await fetch(url, { method: 'DELETE' });
    await expectProblem(remove, 405, 'method-not-allowed');
    expect(remove.headers.get('allow')).toBe('GET, HEAD');
    const options = await fetch(url, { method: 'OPTIONS' });
    await expectProblem(options, 405, 'method-not-allowed');
  });
});

describe('headers that are wrong', () => {
  test.each(['short', 'x'.repeat(129), 'has space in it', '"unclosed-quote', 'ümlaut-key', 'a,b,c,d,e,f'])(
    'an Idempotency-Key of %s is refused',
    async (key) => {
      const latin1 = Buffer.from(key, 'utf8').toString('latin1');
      await expectProblem(await send(undefined, { 'idempotency-key': latin1 }), 400, 'idempotency-key-invalid');
    },
  );

  test.each(['text/html', 'application/json;q=0', 'application/jsonx'])(
    'an Accept of %s is not served',
    async (accept) => {
      await expectProblem(await send(undefined, { accept }), 406, 'not-acceptable');
    },
  );

  test('a compressed body is not read', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    await expectProblem(await send('{}', headers), 415, 'unsupported-media-type');
  });

  test.each(['', 'Host: a\r\nHost: b\r\n'])(
    'a request without exactly one Host header is refused (%#)',
    async (host) => {
      const answer = await raw(`GET /v1/nothing HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toContain('"pointer":"/headers/host"');
    },
  );

  test('an answer is never overtaken by one to what came after it, and is not lost', async () => {
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 100, times: 1 });
    const other = await rig.login();
    const answer = await raw(
      `GET /v1/challenges/${other.challengeSid} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${other.token}\r\n\r\nGARBAGE\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    await rig.simulate('POST', '/reset');
    screen = await rig.login();
  });

  test('headers of 32 KiB are too large', async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(32_768)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('"code":"headers-too-large"');
  });

  test('what is no HTTP at all still gets a problem', async () => {
    const answer = await raw('this is not http\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('"code":"invalid-request"');
  });

  test.each([undefined, 'Bearer', 'Bearer nonsense', 'Basic dTpw', `Bearer prs_${'0'.repeat(32)}_${'A'.repeat(43)}`])(
    'an Authorization of %s is no session, and comes before everything else that is wrong',
    async (authorization) => {
      const url = `http://127.0.0.1:${rig.ports.public}/v1/challenges/YC123/notifications`;
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const response = await fetch(url, { method: 'POST', headers });
      expect(await expectProblem(response, 401, 'session-invalid')).toMatchObject({ nextAction: 'start-over' });
      const isToken = /^Bearer ./.test(authorization ?? '');
      expect(response.headers.get('www-authenticate')).toBe(isToken ? 'Bearer error="invalid_token"' : 'Bearer');
    },
  );
});

describe('an identity that is wrong', () => {
  test.each([
    'short',
    'x'.repeat(65),
    'with space-in',
    'a/../../b',
    'double--dash',
    '-leading',
    'ümlaut-user',
    12345678,
    null,
    undefined,
  ])('%s gets no session', async (identity) => {
    const { body } = await rig.ops
      .post('/internal/v1/sessions')
      .set('authorization', `Bearer ${rig.apiKey}`)
      .send({ identity, expiresInSeconds: 60 })
      .expect(400);
    expect(body).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/identity' }] });
  });

  test('every fault of a body is named at once', async () => {
    const { body } = await rig.ops
      .post('/internal/v1/sessions')
      .set('authorization', `Bearer ${rig.apiKey}`)
      .send({ identity: 'short', challengeSid: 'nope', expiresInSeconds: '60', extra: 1 })
      .expect(400);
    const pointers = new Set(body.errors.map(({ pointer }: { pointer: string }) => pointer));
    expect(pointers).toEqual(new Set(['/identity', '/challengeSid', '/expiresInSeconds', '/extra']));
  });
});

test('none of all this reached Twilio or cost anybody anything', async () => {
  const journal = await rig.simulate('GET', '/journal');
  expect(journal).toEqual([]);
  const { body } = await screen.tap().expect(201);
  expect(body.resend.remaining).toBe(1);
});
