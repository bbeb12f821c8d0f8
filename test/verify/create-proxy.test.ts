import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { selfSigned } from '../support/certificate.js';
import { type ForwardProxyOptions, startForwardProxy } from '../support/forward-proxy.js';
import { httpServer, refusingPort, type RunningServer, silentServer } from './servers.js';
import { challenge, impatient, NOTIFICATION, notification, respond, rigAt } from './verify-fixtures.js';

const sent = { outcome: 'sent', sid: NOTIFICATION };
const notSent = { outcome: 'notSent', code: 'provider-unavailable' };
const unknown = { outcome: 'unknown' };
const certificate = selfSigned('verify.test');

const secureTwilio = () => httpServer((_, response) => respond(response, 201, notification), certificate);

/** A gateway that reaches `twilio` through a proxy. */
async function behindProxy(
  twilio: Pick<RunningServer, 'baseUrl' | 'port'>,
  options: Partial<ForwardProxyOptions> = {},
  gateway: Parameters<typeof rigAt>[1] = {},
) {
  const proxy = await startForwardProxy({ port: twilio.port, ...options });
  onTestFinished(() => proxy.close());
  const isSecure = twilio.baseUrl.startsWith('https:');
  const proxies = isSecure ? { httpsProxy: proxy.url } : { httpProxy: proxy.url };
  const rig = rigAt(twilio.baseUrl, { ca: certificate.cert, proxies, ...gateway });
  return { rig, proxy };
}

it('a create goes through a tunnel, which is kept for the next', async () => {
  const twilio = await secureTwilio();
  const { rig, proxy } = await behindProxy(twilio, { credentials: 'service:p@ss' }, { maxConcurrent: 1 });
  expect(await rig.create()).toEqual(sent);
  expect(await rig.create()).toEqual(sent);
  expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${twilio.port}`]);
  expect(twilio.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined, undefined]);
});

it('there are no more tunnels than sockets without a proxy', async () => {
  const twilio = await secureTwilio();
  const { rig, proxy } = await behindProxy(twilio, {}, { maxConcurrent: 3 });
  await Promise.all(Array.from({ length: 30 }, () => rig.create()));
  expect(twilio.requests).toHaveLength(30);
  expect(proxy.asked.length).toBeLessThanOrEqual(3);
});

it('the token of an OAuth app is asked for through the proxy, too', async () => {
  const token = { access_token: 'token', token_type: 'Bearer', expires_in: 3600 };
  const twilio = await httpServer(
    ({ path }, response) =>
      path === '/v2/token' ? respond(response, 200, token) : respond(response, 201, notification),
    certificate,
  );
  const oauth = { clientId: 'OQ-client', clientSecret: 'secret' };
  const { rig, proxy } = await behindProxy(twilio, {}, { oauth });
  expect(await rig.create()).toEqual(sent);
  expect(twilio.requests.map(({ path }) => path)).toEqual(['/v2/token', expect.stringContaining('/Notifications')]);
  expect(proxy.asked).toHaveLength(2);
});

it.each([407, 403, 502])('a CONNECT that is refused with %i is not sent', async (refusesWith) => {
  const twilio = await secureTwilio();
  const { rig, proxy } = await behindProxy(twilio, { refusesWith });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: `proxy-${refusesWith}` }]);
  expect([proxy.asked.length, twilio.sockets]).toEqual([1, 0]);
});

it('a proxy that does not know our password is not sent to, and nothing that is told has the password', async () => {
  const twilio = await secureTwilio();
  const { proxy } = await behindProxy(twilio, { credentials: 'service:right' });
  const proxies = { httpsProxy: proxy.url.replace('right', 'wrong-canary') };
  const rig = rigAt(twilio.baseUrl, { ca: certificate.cert, proxies });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'proxy-407' }]);
  expect(JSON.stringify(rig.calls)).not.toContain('canary');
});

it('a proxy that refuses connections is not sent to', async () => {
  const rig = rigAt('https://verify.invalid', { proxies: { httpsProxy: await refusingPort() } });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'ECONNREFUSED' }]);
});

it('a proxy that hangs up on CONNECT is not sent to', async () => {
  const { port } = await silentServer((socket) => socket.once('data', () => socket.destroy()));
  const rig = rigAt('https://verify.invalid', { proxies: { httpsProxy: `http://127.0.0.1:${port}` } });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.codes()).toEqual(['not-connected']);
});

it('a CONNECT that is never answered is not sent, at the deadline, and gives its socket back', async () => {
  const twilio = await secureTwilio();
  const { rig, proxy } = await behindProxy(twilio, { isSilent: true }, { ...impatient, maxConcurrent: 1 });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'deadline' }]);
  // The pool has one socket: a second CONNECT proves that the first was given up.
  while (proxy.asked.length < 2) expect(await rig.create()).toEqual(notSent);
  expect(twilio.sockets).toBe(0);
});

it('a tunnel that ends in the handshake is not sent to', async () => {
  const twilio = await secureTwilio();
  const { rig } = await behindProxy(twilio, { onTunnel: (client) => void client.destroy() });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.codes()).toEqual(['not-connected']);
  expect(twilio.requests).toHaveLength(0);
});

it("another host's certificate behind a tunnel is not sent to", async () => {
  const twilio = await secureTwilio();
  const baseUrl = twilio.baseUrl.replace('127.0.0.1', 'verify.invalid');
  const { rig } = await behindProxy({ baseUrl, port: twilio.port });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' }]);
  expect(twilio.requests).toHaveLength(0);
});

it('a tunnel that dies once the request is on its way is unknown, and not asked again', async () => {
  const tunnels: Socket[] = [];
  const twilio = await httpServer(() => tunnels.forEach((socket) => socket.resetAndDestroy()), certificate);
  const { rig } = await behindProxy(twilio, { onTunnel: (client) => void tunnels.push(client) });
  expect(await rig.create()).toEqual(unknown);
  expect(rig.codes()).toEqual(['connection-lost']);
  expect(twilio.requests).toHaveLength(1);
});

it('a kept tunnel that dies as a fetch comes is asked once more, through a new one', async () => {
  let requests = 0;
  const tunnels: Socket[] = [];
  const twilio = await httpServer((_, response) => {
    requests += 1;
    if (requests === 2) tunnels[0]?.resetAndDestroy();
    else respond(response, 200, challenge);
  }, certificate);
  const { rig, proxy } = await behindProxy(
    twilio,
    { onTunnel: (client) => void tunnels.push(client) },
    { maxConcurrent: 1 },
  );
  expect(await rig.fetch()).toMatchObject({ kind: 'learnt' });
  expect(await rig.fetch()).toMatchObject({ kind: 'learnt' });
  expect(rig.codes()).toEqual(['ok', 'connection-lost', 'ok']);
  expect(proxy.asked).toHaveLength(2);
});

it('what comes after its last moment to leave is not sent through an open tunnel either', async () => {
  const twilio = await secureTwilio();
  const { rig } = await behindProxy(twilio, {}, { maxConcurrent: 1 });
  await rig.create();
  expect(await rig.create(performance.now() - 1)).toEqual(notSent);
  await rig.create();
  expect(rig.codes()).toEqual(['ok', 'too-late', 'ok']);
  expect(twilio.requests).toHaveLength(2);
});

it('plain http goes to the proxy, whole URL and all', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const { rig, proxy } = await behindProxy(twilio, { credentials: 'service:secret' });
  expect(await rig.create()).toEqual(sent);
  expect(proxy.asked).toEqual([expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:\d+\/v2\/Services\/VA/)]);
  expect(twilio.requests.map(({ headers }) => headers.host)).toEqual([`127.0.0.1:${twilio.port}`]);
});

it('what a proxy answers to plain http proves nothing: the request has left', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const { proxy } = await behindProxy(twilio, { credentials: 'service:right' });
  const rig = rigAt(twilio.baseUrl, { proxies: { httpProxy: proxy.url.replace('right', 'wrong') } });
  expect(await rig.create()).toEqual(unknown);
  expect(rig.calls).toMatchObject([{ code: 'unreadable', detail: 'proxy-407' }]);
});

it('a host of NO_PROXY is asked directly', async () => {
  const twilio = await secureTwilio();
  const { proxy } = await behindProxy(twilio);
  const rig = rigAt(twilio.baseUrl, {
    ca: certificate.cert,
    proxies: { httpsProxy: proxy.url, noProxy: '.example.com,127.0.0.1' },
  });
  expect(await rig.create()).toEqual(sent);
  expect(proxy.asked).toEqual([]);
});
