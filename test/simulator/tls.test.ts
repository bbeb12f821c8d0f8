import twilio from 'twilio';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';

import { Simulator, type RunningSimulator } from '../../apps/simulator/src/simulator.js';
import { selfSigned } from '../support/certificate.js';
import { failureOf, type Journaled, type Seeded } from './rig.js';

/** Sockets that the SDK's stock client opens at most (twilio 6, `DEFAULT_MAX_SOCKETS`). */
const MAX_SOCKETS = 20;

const certificate = selfSigned('simulator.test');
const trusting = new Agent({ connect: { ca: certificate.cert } });
let simulator: Simulator;
let running: RunningSimulator;
let at: Seeded;

beforeEach(async () => {
  simulator = new Simulator();
  running = await simulator.start({ port: 0, tls: certificate });
  at = await sim('/challenges', { identity: 'user-0001' });
});
afterEach(() => simulator.stop());
afterAll(() => trusting.close());

/** A call of the control surface, over TLS like all of it. */
async function sim<T>(path: string, content?: object): Promise<T> {
  const url = `${running.url}/_sim${path}`;
  const post = content && { method: 'POST' as const, body: JSON.stringify(content) };
  const { body } = await request(url, { dispatcher: trusting, ...post });
  return (await body.json()) as T;
}

/** The Challenge as the SDK's stock client sees it, which trusts the certificate or the machine's authorities. */
function challenge(ca?: string) {
  const { apiKeySid, apiKeySecret, accountSid } = running;
  const client = twilio(apiKeySid, apiKeySecret, { accountSid, ...(ca && { ca }) });
  client.verify.baseUrl = running.url;
  return client.verify.v2.services(at.serviceSid).entities(at.identity).challenges(at.challengeSid);
}

test('the SDK reads a Challenge over TLS, and every link in it is https', async () => {
  const { status, url, links } = await challenge(certificate.cert).fetch();
  expect(status).toBe('pending');
  expect(url).toMatch(`${running.url}/v2/Services/`);
  expect(links).toEqual({ notifications: `${url}/Notifications` });
  expect(running.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await sim('')).toMatchObject({ baseUrl: running.url });
});

test('an SDK that does not trust the certificate sends nothing', async () => {
  expect((await failureOf(challenge().notifications.create())).code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(await sim('/journal')).toEqual([]);
});

test('100 requests at once share the sockets of the SDK, and later ones find them open', async () => {
  const fetched = challenge(certificate.cert);
  await Promise.all(Array.from({ length: 100 }, () => fetched.fetch()));
  await fetched.fetch();
  const sockets = new Set((await sim<Journaled[]>('/journal')).map(({ socket }) => socket));
  expect(sockets.size).toBeGreaterThan(1);
  expect(sockets.size).toBeLessThanOrEqual(MAX_SOCKETS);
});

test('requests one after the other use one socket', async () => {
  const fetched = challenge(certificate.cert);
  for (let nth = 0; nth < 10; nth += 1) await fetched.fetch();
  const journal = await sim<Journaled[]>('/journal');
  expect([journal.length, new Set(journal.map(({ socket }) => socket)).size]).toEqual([10, 1]);
});

test.each([
  ['accept-then-reset', 'notification-created'],
  ['reset-before', 'none'],
])('%s resets the connection under TLS too', async (kind, effect) => {
  await sim('/faults', { operation: 'createNotification', kind });
  const error = await failureOf(challenge(certificate.cert).notifications.create());
  expect(error.message).toBe('read ECONNRESET');
  expect(await sim<Journaled[]>('/journal')).toMatchObject([{ effect, status: null }]);
});

test('plain HTTP gets no answer on the port of TLS', async () => {
  await expect(fetch(running.url.replace('https:', 'http:'))).rejects.toThrow(/fetch failed/);
  expect(await sim('/journal')).toEqual([]);
});
