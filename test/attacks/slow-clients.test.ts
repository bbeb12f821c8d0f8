/**
 * slowhttptest in its modes, 200 connections each, against the built service. What counts is which connections the service
 * still holds: a client that reads five bytes a second takes minutes to notice that its own was closed.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { builtOnce } from '../support/built-once.js';
import { startSlowHttpTest } from '../support/slowhttptest.js';
import { isWhole } from './extent.js';
import { heldConnections } from './held-connections.js';
import { Site } from './site.js';

const CONNECTIONS = 200;
/** On a machine that is busy with other tests too, where some are only opened later. */
const CLOSED_WITHIN_MS = isWhole ? 10_000 : 15_000;
/** Connections of the users and probes of this test, at most. */
const OWN = 10;
const CHALLENGE = '/v1/challenges/x';

let site: Site;
beforeAll(async () => {
  const webhook = { TWILIO_AUTH_TOKEN: 'a-token-that-signs-nothing-here', PUBLIC_URL: 'https://login.example.com' };
  site = await Site.start(builtOnce(), { settings: webhook });
}, 120_000);
afterAll(() => site.stop());

const held = () => heldConnections(site.service.publicPort) + heldConnections(site.service.privatePort);

function open(surface: 'public' | 'private', path: string, mode: readonly string[]): void {
  const many = ['-c', String(CONNECTIONS), '-r', String(CONNECTIONS), '-l', '30'];
  const client = startSlowHttpTest(...many, ...mode, '-u', `http://127.0.0.1:${site.service[`${surface}Port`]}${path}`);
  onTestFinished(() => client.stop());
}

/** Waits until all are closed, but for those of this test; meanwhile others are served. */
async function closed(): Promise<void> {
  const screen = await site.screen();
  const until = performance.now() + CLOSED_WITHIN_MS;
  while (held() > OWN && performance.now() < until) {
    expect(await site.livez()).toMatchObject({ status: 200 });
    expect([200, 503]).toContain((await site.look(screen)).status); // 503: refused at once, while it is full
  }
  expect(held()).toBeLessThanOrEqual(OWN);
}

test('slow headers and slow bodies: closed within 10 s', { timeout: 40_000 }, async () => {
  open('public', CHALLENGE, ['-H', '-i', '2']);
  open('public', '/webhooks/twilio/verify', ['-B', '-i', '2']); // what is signed is read first
  // All of the one kind, and some of the other: a few bodies are refused before they are complete.
  await expect.poll(held, { timeout: 10_000, interval: 10 }).toBeGreaterThan(1.5 * CONNECTIONS);
  await closed();
});

test('ranges and slow reads: closed as soon as they are answered', { timeout: 90_000 }, async () => {
  const slowly = ['-X', '-w', '1', '-y', '512', '-n', '1', '-z', '5'];
  const before = { public: await site.answered('public'), private: await site.answered('private') };
  open('public', CHALLENGE, ['-R']);
  open('public', CHALLENGE, slowly);
  open('public', CHALLENGE, [...slowly, '-k', '10']);
  open('private', '/livez', slowly);
  open('private', '/metrics', slowly);
  // On a busy machine slowhttptest opens some of its connections so early that their requests come too late.
  const most = isWhole ? CONNECTIONS : CONNECTIONS / 2;
  const answered = async () =>
    (await site.answered('public')) >= before.public + 3 * most &&
    (await site.answered('private')) >= before.private + 2 * most;
  await expect.poll(answered, { timeout: 30_000 }).toBe(true);
  await closed();
});
