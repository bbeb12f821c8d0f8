import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { Rig } from './rig.js';

interface Registered {
  readonly authorization: string | undefined;
  readonly url: string | undefined;
  readonly session: { identity: string; challengeSid: string; expiresInSeconds: number };
}

let service: Server;
let registered: Registered[];
let status: number;
let rig: Rig;

beforeEach(async () => {
  registered = [];
  status = 201;
  service = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      const { url, headers } = request;
      registered.push({ url, authorization: headers.authorization, session: JSON.parse(body) });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"token":"prs_demo"}');
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
  rig = await Rig.start({ sessionsApi: { url, apiKey: 'prk_demo_key' } });
});
afterEach(async () => {
  await rig.stop();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

function start(body: object): Promise<Response> {
  return fetch(`${rig.url}/_sim/logins`, { method: 'POST', body: JSON.stringify(body) });
}

test('a login is a new user with a pending Challenge, and a session for it', async () => {
  const answers = [await start({}), await start({ expiresInSeconds: 20 })];
  expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
  const logins = (await Promise.all(answers.map((answer) => answer.json()))) as { challengeSid: string }[];
  expect(registered).toMatchObject(
    logins.map(({ challengeSid }) => ({
      url: '/internal/v1/sessions',
      authorization: 'Bearer prk_demo_key',
      session: { challengeSid, expiresInSeconds: 540 },
    })),
  );
  expect(new Set(registered.map(({ session }) => session.identity)).size).toBe(2);
  const challenges = await Promise.all(logins.map(({ challengeSid }) => rig.sim(`/challenges/${challengeSid}`)));
  expect(challenges).toMatchObject([
    { status: 'pending', expiresInSeconds: 540, pushesUsed: 1 },
    { status: 'pending', expiresInSeconds: 20 },
  ]);
  expect(logins[0]).toEqual({ challengeSid: expect.stringMatching(/^YC/), token: 'prs_demo' });
});

test('a service that makes no session is named', async () => {
  status = 403;
  const answer = await start({});
  expect(answer.status).toBe(502);
  expect(await answer.json()).toEqual({ error: expect.stringMatching(/^The resend service at http.* did not/) });
});

test('without an internal API there are no logins', async () => {
  const alone = await Rig.start();
  const answer = await fetch(`${alone.url}/_sim/logins`, { method: 'POST' });
  await alone.stop();
  expect(answer.status).toBe(404);
});
