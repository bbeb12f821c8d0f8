import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Rig } from './rig.js';

const SID = `YC${'a'.repeat(32)}`;

let service: Server;
let seen: { request: IncomingMessage; body: string }[];
let serviceUrl: string;
let rig: Rig;

beforeEach(async () => {
  seen = [];
  service = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      seen.push({ request, body });
      response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '12', 'x-internal': 'no' });
      response.end('{"code":"cooling-down"}');
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  serviceUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  rig = await Rig.start({ serviceUrl: `${serviceUrl}/` });
});
afterEach(async () => {
  await rig.stop();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

function relay(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${rig.url}/_sim/login-screen${path}`, init);
}

test('the page learns which service it calls, and whether it can start logins', async () => {
  expect(await rig.sim('/login-screen')).toEqual({ serviceUrl, startsLogins: false });
});

test('the page shows the address that its reader can reach, where that is another one', async () => {
  const inContainers = await Rig.start({ serviceUrl, shownServiceUrl: 'http://127.0.0.1:8080/' });
  expect(await inContainers.sim('/login-screen')).toMatchObject({ serviceUrl: 'http://127.0.0.1:8080' });
  const answer = await fetch(`${inContainers.url}/_sim/login-screen/v1/challenges/${SID}`);
  await inContainers.stop();
  expect(answer.status).toBe(429);
  expect(seen).toHaveLength(1);
});

describe('the relay', () => {
  test.each([
    ['GET', `/v1/challenges/${SID}`, ''],
    ['GET', `/v1/challenges/${SID}/events`, ''],
    ['POST', `/v1/challenges/${SID}/notifications`, '{"ttl":30}'],
  ])('%s %s goes through with session and key, and the answer comes back', async (method, path, body) => {
    const headers = { authorization: 'Bearer token', 'idempotency-key': 'key-1', cookie: 'a=b', 'x-other': 'no' };
    const type = body === '' ? {} : { 'content-type': 'application/json' };
    const answer = await relay(path, { method, headers: { ...headers, ...type }, ...(body === '' ? {} : { body }) });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('retry-after')).toBe('12');
    expect(answer.headers.get('x-internal')).toBeNull();
    expect(await answer.json()).toEqual({ code: 'cooling-down' });
    expect(seen).toMatchObject([
      { body, request: { method, url: path, headers: { authorization: 'Bearer token', 'idempotency-key': 'key-1' } } },
    ]);
    expect(seen[0]?.request.headers).not.toHaveProperty('cookie');
    expect(seen[0]?.request.headers).not.toHaveProperty('x-other');
  });

  test.each([
    ['GET', '/v1/challenges/%2e%2e'],
    ['GET', '/v1/challenges/a%2F..%2Fb'],
    ['GET', '/v1/other'],
    ['DELETE', `/v1/challenges/${SID}`],
    ['GET', '/http://127.0.0.1:1/v1/challenges/YC'],
  ])('%s %s goes nowhere', async (method, path) => {
    expect((await relay(path, { method })).status).toBe(404);
    expect(seen).toEqual([]);
  });

  test('passes on a stream while it runs, and ends it when the screen has gone', async () => {
    const ended = Promise.withResolvers<void>();
    service.removeAllListeners('request');
    service.on('request', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: standing\n');
      response.once('close', () => ended.resolve());
    });
    const leaving = new AbortController();
    const answer = await relay(`/v1/challenges/${SID}/events`, { signal: leaving.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const { value } = (await answer.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe('event: standing\n');
    leaving.abort();
    await ended.promise;
  });

  test('says so when the service is not running', async () => {
    const alone = await Rig.start({ serviceUrl: 'http://127.0.0.1:9' });
    const answer = await fetch(`${alone.url}/_sim/login-screen/v1/challenges/${SID}`);
    const body: unknown = await answer.json();
    await alone.stop();
    expect(answer.status).toBe(502);
    expect(body).toMatchObject({ title: 'The resend service is not running' });
  });

  test('is not in the journal of Twilio', async () => {
    await relay(`/v1/challenges/${SID}`);
    expect(await rig.journal()).toEqual([]);
  });
});
