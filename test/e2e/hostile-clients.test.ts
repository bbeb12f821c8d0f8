/** Clients that ask for more than is good for the others, and some that only look like it. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Parts } from '@nest/parts/parts.js';
import { OpsController } from '../../apps/resend/src/ops/ops.controller.js';
import { scrape } from '../ops/exposition.js';
import { type Rig, startRig } from '../support/rig.js';
import { startBareServer } from './bare-server.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

async function rigWith(environment: Record<string, string>): Promise<Rig> {
  const own = await startRig(environment);
  onTestFinished(() => own.close());
  return own;
}

interface Client {
  readonly socket: Socket;
  /** Everything that has come, and the status of each answer in it. */
  readonly received: () => string;
  readonly statuses: () => string[];
  readonly isClosed: () => boolean;
}

/** A client that sends these bytes and nothing more, and keeps its half open. */
function client(port: number, bytes: string): Client {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let received = '';
  let isClosed = false;
  socket.on('error', () => undefined);
  socket.on('data', (some) => (received += some.toString()));
  socket.on('end', () => (isClosed = true));
  socket.on('close', () => (isClosed = true));
  socket.write(bytes);
  const statuses = () => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status);
  return { socket, received: () => received, statuses, isClosed: () => isClosed };
}

const get = (path: string, ...headers: string[]) =>
  `${[`GET ${path} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`;
const NOTHING = get('/nothing');
const JSON_TYPE = 'Content-Type: application/json';
/** Refused, but by somebody whose credential is valid. */
async function knownRequest(surface: 'public' | 'private' = 'public', of = rig): Promise<string> {
  const { token } = await of.login();
  return surface === 'public'
    ? get('/v1/challenges/malformed', `Authorization: Bearer ${token}`)
    : get('/internal/v1/pause', `Authorization: Bearer ${of.apiKey}`);
}
/** Of a client that is known after it. */
async function servedRequest(surface: 'public' | 'private', of: Rig): Promise<string> {
  const { challengeSid, token, identity } = await of.login();
  if (surface === 'public') return get(`/v1/challenges/${challengeSid}`, `Authorization: Bearer ${token}`);
  const body = JSON.stringify({ identity, expiresInSeconds: 60 });
  const head = ['POST /internal/v1/sessions HTTP/1.1', 'Host: x', `Authorization: Bearer ${of.apiKey}`, JSON_TYPE];
  return `${[...head, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}
const turnedAway = async (of: Rig, surface: string, reason: string) =>
  (await scrape(of)).value('push_resend_http_turned_away_total', { surface, reason });

describe('a client that has sent its last byte', () => {
  test('gets the answer that it waits for', async () => {
    const { challengeSid, token } = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 100, times: 1 });
    const { socket, statuses, isClosed } = client(
      rig.ports.public,
      get(`/v1/challenges/${challengeSid}`, `Authorization: Bearer ${token}`),
    );
    socket.end();
    await expect.poll(isClosed).toBe(true);
    expect(statuses()).toEqual(['200']);
  });

  test('and had nothing to ask is let go', async () => {
    const { socket, received, isClosed } = client(rig.ports.public, '');
    socket.end();
    await expect.poll(isClosed).toBe(true);
    expect(received()).toBe('');
  });

  test('in the middle of a request is told so', async () => {
    const { socket, statuses, isClosed } = client(rig.ports.public, `${await knownRequest()}GET /noth`);
    socket.end();
    await expect.poll(isClosed).toBe(true);
    expect(statuses()).toEqual(['400', '400']);
  });
});

test.each(['X', '\0', 'GET', '\r\n\r\nX'])('%j after a request costs nobody its answer', async (bytes) => {
  const { challengeSid, token } = await rig.login();
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 100, times: 1 });
  const look = get(`/v1/challenges/${challengeSid}`, `Authorization: Bearer ${token}`);
  const { statuses } = client(rig.ports.public, look + bytes);
  await expect.poll(statuses).toContain('200');
  expect(statuses()[0]).toBe('200');
});

describe('requests that are pipelined', () => {
  test('are answered in turn, up to eight that wait', async () => {
    const { statuses, isClosed } = client(rig.ports.public, (await knownRequest()).repeat(8));
    await expect.poll(statuses).toHaveLength(8);
    expect(isClosed()).toBe(false);
  });

  test.each(['public', 'private'] as const)(
    'beyond that end the connection after eight answers: %s',
    async (surface) => {
      const before = await turnedAway(rig, surface, 'pipelined');
      const { statuses, isClosed } = client(rig.ports[surface], (await knownRequest(surface)).repeat(1000));
      await expect.poll(isClosed).toBe(true);
      expect(statuses()).toEqual(Array(8).fill(surface === 'public' ? '400' : '403'));
      expect(await turnedAway(rig, surface, 'pipelined')).toBe(before + 1);
    },
  );

  test('pipelined requests over the limit are not even parsed', async () => {
    const known = await knownRequest();
    const { statuses, isClosed } = client(rig.ports.public, `${known.repeat(9)}no HTTP at all\r\n\r\n`);
    await expect.poll(isClosed).toBe(true);
    expect(statuses()).toHaveLength(8); // and none that says so
  });

  test('beyond that make no objects: Node emits one more of a thousand', async () => {
    const { server, load } = await startBareServer();
    const arrivals = vi.spyOn(load, 'arrive');
    const { isClosed } = client((server.address() as AddressInfo).port, NOTHING.repeat(1000));
    await expect.poll(isClosed).toBe(true);
    expect(arrivals).toHaveBeenCalledTimes(9);
  });
});

describe('whoever has shown no valid credential is not waited for', () => {
  const tap = (...headers: string[]) =>
    get(`/v1/challenges/YC${'0'.repeat(32)}/notifications`, ...headers).replace('GET', 'POST');

  test.each([
    ['an unknown path', 'public', NOTHING],
    ['a malformed URL', 'public', get('/%zz')],
    ['no session', 'public', tap()],
    [
      'an unknown session, with a body',
      'public',
      `${tap('Authorization: Bearer x', JSON_TYPE, 'Content-Length: 2')}{}`,
    ],
    ['a method that is not served', 'public', get('/v1/challenges/x').replace('GET', 'DELETE')],
    ['no API key', 'private', get('/internal/v1/pause')],
    ['what everybody may ask', 'private', get('/livez')],
  ] as const)('%s: it says so, and ends', async (_, surface, request) => {
    const { received, statuses, isClosed } = client(rig.ports[surface], request);
    await expect.poll(isClosed).toBe(true);
    expect(statuses()).toHaveLength(1);
    expect(received()).toMatch(/connection: close\r\n/i);
    expect(received()).not.toMatch(/keep-alive/i);
  });

  test('of pipelined answers the last one says so', async () => {
    const { received, statuses, isClosed } = client(rig.ports.public, tap().repeat(3));
    await expect.poll(isClosed).toBe(true);
    expect(statuses()).toEqual(['401', '401', '401']);
    expect(received().match(/connection: close\r\n/gi)).toHaveLength(1);
  });

  test('somebody known is kept, refused or not', async () => {
    const { challengeSid, token } = await rig.login();
    const look = get(`/v1/challenges/${challengeSid}`, `Authorization: Bearer ${token}`);
    const { received, statuses, isClosed } = client(rig.ports.public, look + (await knownRequest()));
    await expect.poll(statuses).toEqual(['200', '400']);
    expect(received()).toMatch(/connection: keep-alive\r\nkeep-alive: timeout=65/i);
    expect(isClosed()).toBe(false);
  });

  test('what somebody known has asked before on the same connection is answered, too', async () => {
    const { challengeSid, token } = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 100, times: 1 });
    const look = get(`/v1/challenges/${challengeSid}`, `Authorization: Bearer ${token}`);
    const { statuses, isClosed } = client(rig.ports.public, look + NOTHING + look);
    await expect.poll(isClosed).toBe(true);
    expect(statuses()).toEqual(['200', '404']);
  });

  test('not while it sends a body: a reset could cost it the answer', async () => {
    const unsent = get('/v1/challenges/x', 'Content-Length: 2').replace('GET', 'DELETE');
    const { socket, received, statuses } = client(rig.ports.public, unsent);
    await expect.poll(statuses).toEqual(['405']);
    expect(received()).not.toMatch(/connection: close/i);
    socket.write(`{}${NOTHING}`);
    await expect.poll(statuses).toEqual(['405', '404']);
  });

  test('a trusted proxy is kept: its connections are those of many', async () => {
    const own = await rigWith({ TRUSTED_PROXIES: '127.0.0.1' });
    const { received, statuses, isClosed } = client(own.ports.public, NOTHING.repeat(2));
    await expect.poll(statuses).toEqual(['404', '404']);
    expect(received()).not.toMatch(/connection: close/i);
    expect(isClosed()).toBe(false);
  });
});

describe('lines of strangers', () => {
  test('lines about strangers are limited to a hundred of a kind, plus one that counts the rest', async () => {
    const own = await rigWith({});
    for (let round = 0; round < 150; round++) {
      await expect.poll(client(own.ports.public, NOTHING).isClosed, { interval: 5 }).toBe(true);
    }
    for (let round = 0; round < 3; round++) await expect.poll(client(own.ports.public, 'X').isClosed).toBe(true);
    const lines = (part: string) =>
      own
        .logged()
        .split('\n')
        .filter((line) => line.includes(part));
    expect(lines('"route":"none","status":404')).toHaveLength(100);
    expect(lines('malformed HTTP')).toHaveLength(3);
    const screen = await own.login();
    await screen.look().expect(200);
    expect(lines('"status":200')).toHaveLength(1);
  });
});

describe('connections', () => {
  test('of one address are bounded, and those of others are not affected', async () => {
    const own = await rigWith({ MAX_CONNECTIONS_PER_ADDRESS: '2' });
    const known = await knownRequest('public', own);
    const first = [client(own.ports.public, known), client(own.ports.public, known)];
    for (const { statuses } of first) await expect.poll(statuses).toEqual(['400']);
    const third = client(own.ports.public, NOTHING);
    await expect.poll(third.isClosed).toBe(true);
    expect(third.received()).toBe('');
    const other = connect({ port: own.ports.public, host: '127.0.0.1', localAddress: '127.0.0.2' });
    onTestFinished(() => void other.destroy());
    other.write(known);
    expect(String((await once(other, 'data'))[0])).toContain('400');
    expect(await turnedAway(own, 'public', 'address')).toBe(1);
    expect(own.logged()).toContain('"event":"turned-away","surface":"public","reason":"address"');
    first[0]?.socket.destroy();
    await expect
      .poll(async () => (await scrape(own)).value('push_resend_http_connections', { surface: 'public' }))
      .toBe(2);
    await expect.poll(client(own.ports.public, NOTHING).statuses).toEqual(['404']);
  });

  test('of a trusted proxy are not', async () => {
    const own = await rigWith({ MAX_CONNECTIONS_PER_ADDRESS: '1', TRUSTED_PROXIES: '127.0.0.0/8' });
    const all = [1, 2, 3].map(() => client(own.ports.public, NOTHING));
    for (const { statuses } of all) await expect.poll(statuses).toEqual(['404']);
  });

  test('in all are bounded: further ones are told so, but for probes', async () => {
    const own = await rigWith({ MAX_CONNECTIONS: '10', EVENTS_MAX_STREAMS: '1' });
    for (const surface of ['public', 'private'] as const) {
      const served = await servedRequest(surface, own);
      const idle = Array.from({ length: 10 }, () => client(own.ports[surface], served));
      for (const { statuses } of idle) await expect.poll(statuses).toHaveLength(1);
    }
    for (const port of [own.ports.public, own.ports.private]) {
      const surplus = client(port, NOTHING);
      await expect.poll(surplus.isClosed).toBe(true);
      expect(surplus.received()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*"code":"overloaded"/);
    }
    await own.ops.get('/livez').expect(200);
    expect(await turnedAway(own, 'public', 'connections')).toBe(1);
  });
});

test('an answer that anyone gets keeps no connection open while many are', { timeout: 30_000 }, async () => {
  const origin = 'https://login.example.com';
  const own = await rigWith({ MAX_CONNECTIONS: '10', EVENTS_MAX_STREAMS: '1', CORS_ORIGINS: origin });
  const unfinished = (...head: string[]) => `${[...head, 'Host: x', 'Content-Length: 5'].join('\r\n')}\r\n\r\n`;
  const preflight = ['OPTIONS /v1/challenges/x HTTP/1.1', `Origin: ${origin}`, 'Access-Control-Request-Method: GET'];
  for (const [surface, request, status] of [
    ['public', unfinished(...preflight), '204'],
    ['private', unfinished('GET /livez HTTP/1.1', JSON_TYPE), '200'],
  ] as const) {
    const known = client(own.ports[surface], await knownRequest(surface, own));
    const strangers = Array.from({ length: 8 }, () => client(own.ports[surface], request));
    for (const { socket, statuses } of strangers) {
      await expect.poll(statuses).toEqual([status]);
      socket.write('hello');
    }
    const isLeft = () => strangers.filter(({ isClosed }) => !isClosed()).length;
    await expect.poll(isLeft).toBeLessThanOrEqual(4);
    expect(known.isClosed()).toBe(false);
  }
});

describe('a process that is full', () => {
  test('refuses before any work, says so, and still answers probes', async () => {
    const own = await rigWith({
      TWILIO_MAX_CONCURRENT: '1',
      TWILIO_QUEUE_LIMIT: '0',
      // Longer than a busy machine takes for all of this.
      TWILIO_FETCH_DEADLINE_MS: '10000',
      RESEND_LEASE_SECONDS: '60',
      MAX_REQUESTS_IN_FLIGHT: '2',
      CORS_ORIGINS: 'https://app.example.com',
      PUBLIC_URL: 'https://login.example.com',
    });
    const [one, two, three] = [await own.login(), await own.login(), await own.login()];
    const late = client(
      own.ports.public,
      [
        `POST /v1/challenges/${two.challengeSid}/notifications HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${two.token}`,
        JSON_TYPE,
        'Expect: 100-continue',
        'Content-Length: 2\r\n\r\n',
      ].join('\r\n'),
    );
    await expect.poll(late.statuses).toEqual(['100']);
    // What is refused before it is routed counts neither as begun nor as answered.
    for (let time = 0; time < 3; time++)
      await expect.poll(client(own.ports.public, get('/%zz')).statuses).toEqual(['400']);
    await own.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 5000, times: 1 });
    const working = [one.look(), one.look()].map(async (look) => (await look).status);
    const inFlight = async () => (await scrape(own)).value('push_resend_requests_in_flight', {});
    await expect.poll(inFlight).toBe(3); // with its own
    late.socket.write('{}');
    await expect.poll(late.statuses).toEqual(['100', '503']);
    expect(late.received()).toContain('"code":"overloaded"');
    const refused = await three
      .tap()
      .set('origin', 'https://app.example.com')
      .set('request-id', 'given-by-client')
      .expect(503);
    expect(refused.body).toMatchObject({
      code: 'overloaded',
      retryable: true,
      requestId: 'given-by-client',
      retryAfterSeconds: 1,
    });
    expect(refused.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      'request-id': 'given-by-client',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'strict-transport-security': 'max-age=31536000',
      'access-control-allow-origin': 'https://app.example.com',
    });
    for (const probe of ['/livez', '/readyz', '/metrics']) await own.ops.get(probe).expect(200);
    const stranger = client(own.ports.public, NOTHING);
    await expect.poll(stranger.isClosed).toBe(true);
    expect(stranger.statuses()).toEqual(['503']);
    expect(await turnedAway(own, 'public', 'full')).toBe(3);
    expect(await Promise.all(working)).toEqual([200, 200]);
    await expect.poll(inFlight).toBe(1);
    await three.tap().expect(201);
  });

  test('does not count answers that nobody reads', async () => {
    const few = { TWILIO_MAX_CONCURRENT: '1', TWILIO_QUEUE_LIMIT: '0', MAX_REQUESTS_IN_FLIGHT: '2' };
    const own = await rigWith({ ...few, TRUSTED_PROXIES: '127.0.0.1' });
    const screen = await own.login();
    const unread = [1, 2, 3].map(() => client(own.ports.public, NOTHING.repeat(8)));
    for (const { statuses } of unread) await expect.poll(statuses).toHaveLength(8);
    await screen.look().expect(200);
  });
});

test('whoever asks for /metrics while they are made gets the same page, made once', async () => {
  let made = 0;
  const page = Promise.withResolvers<string>();
  const makePage = () => {
    made += 1;
    return page.promise;
  };
  const registry = { contentType: 'text/plain', metrics: makePage };
  const ops = new OpsController({ metrics: { registry } } as unknown as Parts);
  const reply = { type: () => reply } as unknown as FastifyReply;
  const asked = [1, 2, 3].map(() => ops.scrape(reply));
  page.resolve('up 1');
  const [first, ...others] = await Promise.all(asked);
  expect(String(first)).toBe('up 1');
  for (const other of others) expect(other).toBe(first);
  expect(made).toBe(1);
  await ops.scrape(reply);
  expect(made).toBe(2);
});

describe('headers of security', () => {
  test.each([NOTHING, get('/%zz'), get('/livez'), 'X', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n'])(
    'a browser may run or frame no response: %j',
    async (bytes) => {
      for (const port of [rig.ports.public, rig.ports.private]) {
        await expect
          .poll(client(port, bytes).received)
          .toMatch(
            /content-security-policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox\r\n/i,
          );
      }
    },
  );

  test('every response has Strict-Transport-Security if the public URL is https', async () => {
    const own = await rigWith({ PUBLIC_URL: 'https://login.example.com' });
    for (const bytes of [NOTHING, get('/%zz'), 'X', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n']) {
      await expect
        .poll(client(own.ports.public, bytes).received)
        .toMatch(/strict-transport-security: max-age=31536000\r\n/i);
    }
    const { headers } = await own.ops.get('/livez');
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  test.each(['', 'http://login.example.com'])('and not where it is %j', async (url) => {
    const own = await rigWith({ PUBLIC_URL: url });
    expect((await own.api.get('/nothing')).headers).not.toHaveProperty('strict-transport-security');
  });
});
