/** The service behind a real nginx: what it makes of requests, addresses and connections on their way. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { startNginx } from '../support/nginx.js';
import { type Rig, startRig } from '../support/rig.js';

/** Answers with the headers that have arrived. */
const mirror = createServer(({ headers }, response) => response.end(JSON.stringify(headers)));

/** Sockets that the service has accepted on its public port. */
const accepted: Socket[] = [];
const onSocket = (message: unknown) => {
  const { socket } = message as { socket: Socket };
  if (socket.localPort === rig.ports.public) accepted.push(socket);
};

let rig: Rig;
/** Does not know that nginx is a proxy. */
let untrusting: Rig;
let plain: number;
let http2: number;
let gateway: number;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  rig = await startRig({
    TRUSTED_PROXIES: '127.0.0.1',
    THROTTLE_ADDRESS_PER_MINUTE: '1',
    TWILIO_AUTH_TOKEN: 'a-token-that-signs-nothing-here',
    PUBLIC_URL: 'https://login.example.com/push',
  });
  untrusting = await startRig();
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  [plain, http2, gateway] = [await freePort(), await freePort(), await freePort()];
  stop = await startNginx(
    `
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_request_buffering off;
    upstream service { server 127.0.0.1:${rig.ports.public}; keepalive 4; }
    upstream untrusting { server 127.0.0.1:${untrusting.ports.public}; keepalive 4; }
    server {
      listen 127.0.0.1:${plain};
      listen 127.0.0.1:${http2} http2;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      location /v1/ { proxy_pass http://service; }
      location /push/ { proxy_pass http://service/; }
      location /slashes { proxy_pass http://service/; }
      location /untrusting/ { proxy_pass http://untrusting/; }
      location /mirror { proxy_pass http://127.0.0.1:${(mirror.address() as AddressInfo).port}; }
      location /gateway/ { proxy_pass http://127.0.0.1:${gateway}/; }
    }
    server {
      listen 127.0.0.1:${gateway};
      proxy_set_header Connection "";
      # As gateways do that write the port of whoever came.
      proxy_set_header X-Forwarded-For "$http_x_forwarded_for:40001, $remote_addr:$remote_port";
      location / { proxy_pass http://service; }
    }`,
    plain,
  );
  subscribe('net.server.socket', onSocket);
});
afterAll(async () => {
  unsubscribe('net.server.socket', onSocket);
  await stop?.();
  mirror.close();
  await rig.close();
  await untrusting.close();
});

/** A POST over HTTP/2 whose body is announced and then ends without a byte. */
function emptyPost(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const client = connectHttp2(`http://127.0.0.1:${http2}`);
    client.once('error', reject);
    const stream = client.request({ ':method': 'POST', ':path': path, ...headers }, { endStream: false });
    let status = 0;
    let body = '';
    stream.once('response', (head) => (status = Number(head[':status'])));
    stream.on('data', (bytes: Buffer) => (body += bytes.toString()));
    stream.once('end', () => client.close(() => resolve({ status, body })));
    stream.once('error', reject);
    stream.end();
  });
}

/** The status of a tap without a session, which each address may try once a minute: 401, then 429. */
function tapFrom(localAddress: string, prefix = '', headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const path = `${prefix}/v1/challenges/YC${'0'.repeat(32)}/notifications`;
    const where = { host: '127.0.0.1', port: plain, localAddress, agent: false };
    request({ ...where, path, method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

test('an empty body that nginx sends on in chunks is no body', async () => {
  const screen = await rig.login();
  const headers = { authorization: `Bearer ${screen.token}`, 'content-type': 'application/json' };
  const mirrored = await emptyPost('/mirror', headers);
  expect(JSON.parse(mirrored.body)).toMatchObject({
    'transfer-encoding': 'chunked',
    'content-type': 'application/json',
  });
  const answer = await emptyPost(`/v1/challenges/${screen.challengeSid}/notifications`, headers);
  expect(answer.status).toBe(201);
  expect(await screen.created()).toBe(1);
});

test('users are distinguished by the address that nginx saw, not by their own headers', async () => {
  expect(await tapFrom('127.0.0.2')).toBe(401);
  expect(await tapFrom('127.0.0.3')).toBe(401);
  expect(await tapFrom('127.0.0.2', '', { 'x-forwarded-for': '203.0.113.9' })).toBe(429);
});

test('users are distinguished behind a gateway that writes ports, too', async () => {
  expect(await tapFrom('127.0.0.4', '/gateway')).toBe(401);
  expect(await tapFrom('127.0.0.5', '/gateway')).toBe(401);
  expect(await tapFrom('127.0.0.4', '/gateway')).toBe(429);
});

test('requests of many clients share connections, which the service leaves open', async () => {
  const { challengeSid, token } = await rig.login();
  const before = accepted.length;
  for (let look = 0; look < 5; look++) {
    const answer = await fetch(`http://127.0.0.1:${plain}/v1/challenges/${challengeSid}`, {
      headers: { authorization: `Bearer ${token}`, connection: 'close' },
    });
    expect(answer.status).toBe(200);
  }
  expect(accepted.length - before).toBeLessThanOrEqual(1);
  expect(accepted.at(-1)?.destroyed).toBe(false);
});

test('strangers whose connections end cost others nothing, also where nginx is not trusted', async () => {
  const { challengeSid, token } = await untrusting.login();
  const ask = async (authorization: string) =>
    (await fetch(`http://127.0.0.1:${plain}/untrusting/v1/challenges/${challengeSid}`, { headers: { authorization } }))
      .status;
  for (let round = 0; round < 10; round++) {
    const stranger = ask('Bearer nobody');
    expect(await Promise.all([ask(`Bearer ${token}`), ask(`Bearer ${token}`)])).toEqual([200, 200]);
    expect(await stranger).toBe(401);
    expect(await ask(`Bearer ${token}`)).toBe(200);
  }
});

test('a prefix that is taken away is the right path; one that leaves its slash is in the log', async () => {
  const call = (path: string) =>
    fetch(`http://127.0.0.1:${plain}${path}/webhooks/twilio/verify`, {
      method: 'POST',
      headers: { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      body: new URLSearchParams({ type: 'challenge.approved' }),
    });
  expect((await call('/push')).status).toBe(403);
  expect(rig.logged()).not.toContain('webhook lost');
  expect((await call('/slashes')).status).toBe(404);
  expect(rig.logged()).toContain('webhook lost: its path has two slashes in a row');
});
