/** The settings for proxies, up to the wire: who is asked through one, who is not, and what the log says. */
import { expect, onTestFinished, test } from 'vitest';
import { AUDIENCE, CLIENT, IdentityProvider } from '../sessions/identity-provider.js';
import { loginScreen } from '../sessions/login-screen.js';
import { type ForwardProxyOptions, startForwardProxy } from '../support/forward-proxy.js';
import { startRig } from '../support/rig.js';

async function proxyTo(port: number, options: Partial<ForwardProxyOptions> = {}) {
  const proxy = await startForwardProxy({ port, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

async function rigWith(environment: Record<string, string>) {
  const rig = await startRig(environment);
  onTestFinished(() => rig.close());
  return rig;
}

/** A provider whose name only the proxy knows. */
async function hiddenProvider() {
  const idp = await IdentityProvider.start();
  onTestFinished(() => idp.goDown());
  const hidden = (url: string) => url.replace('127.0.0.1', 'idp.invalid');
  return { idp, port: Number(new URL(idp.issuer).port), hidden };
}

test('the keys of an issuer come through the proxy, while the simulator on loopback is asked directly', async () => {
  const { idp, port, hidden } = await hiddenProvider();
  const proxy = await proxyTo(port, { credentials: 'service:canary' });
  const rig = await rigWith({
    http_proxy: proxy.url,
    HTTP_PROXY: 'http://unused.invalid',
    SESSION_STRATEGY: 'jwt',
    SESSION_JWT_JWKS_URL: hidden(idp.jwksUrl),
    SESSION_JWT_ISSUER: idp.issuer,
    SESSION_JWT_AUDIENCE: AUDIENCE,
  });
  const { tap, identity } = await loginScreen(rig);
  await tap({ authorization: `Bearer ${await idp.jwt(identity)}` }).expect(201);
  expect(proxy.asked).toEqual([`GET ${hidden(idp.jwksUrl)}`]);
  expect(rig.logged()).not.toContain('canary');
});

test('introspection goes through the proxy, and a proxy that refuses us is named in the log', async () => {
  const { idp, port, hidden } = await hiddenProvider();
  const proxy = await proxyTo(port, { credentials: 'service:right' });
  const environment = {
    SESSION_STRATEGY: 'introspection',
    SESSION_INTROSPECTION_URL: hidden(idp.introspectionUrl),
    SESSION_INTROSPECTION_CLIENT_ID: CLIENT.id,
    SESSION_INTROSPECTION_CLIENT_SECRET: CLIENT.secret,
  };
  const welcome = await rigWith({ ...environment, HTTP_PROXY: proxy.url });
  const screen = await loginScreen(welcome);
  const token = await idp.opaque(screen.identity);
  await screen.tap({ authorization: `Bearer ${token}` }).expect(201);
  expect(proxy.asked).toEqual([`POST ${hidden(idp.introspectionUrl)}`]);

  const refused = await rigWith({ ...environment, HTTP_PROXY: proxy.url.replace('right', 'canary') });
  await (await loginScreen(refused)).tap({ authorization: `Bearer ${token}` }).expect(503);
  expect(refused.logged()).toContain('introspection failed, no answer: proxy-407');
  expect(refused.logged()).not.toContain('canary');
});

test('a tunnel to Twilio that the proxy refuses costs the user nothing, and the log says who refused', async () => {
  const proxy = await proxyTo(1, { refusesWith: 407 });
  const rig = await rigWith({ TWILIO_BASE_URL: '', HTTPS_PROXY: proxy.url.replace('//', '//service:canary@') });
  const screen = await rig.login();
  await screen.tap().expect(503);
  expect(proxy.asked).toEqual(['CONNECT verify.twilio.com:443']);
  expect(rig.logged()).toContain('"code":"not-connected","detail":"proxy-407"');
  expect(rig.logged()).not.toContain('canary');
});
