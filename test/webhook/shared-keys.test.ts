import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { formFault, isSignedByTwilio } from '@nest/webhook/webhook-signature.js';
import type { Screen } from '../support/rig.js';
import { startWebhookRig, type WebhookRig } from './webhook-rig.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
const tokenFile = join(directory, 'auth-token');
const KEY = 'a-shared-key-of-the-account';
let rig: WebhookRig;
beforeAll(async () => {
  writeFileSync(tokenFile, 'the-primary-token');
  rig = await startWebhookRig({
    TWILIO_AUTH_TOKEN: '',
    TWILIO_AUTH_TOKEN_FILE: tokenFile,
    TWILIO_WEBHOOK_KEYS: `an-older-key,${KEY}`,
  });
});
afterAll(async () => {
  await rig.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What the service knows after the user has answered on the phone, and Twilio has called it. */
async function learnt(switches: object, screen: Screen): Promise<Record<string, number>> {
  const before = await rig.results();
  await rig.simulate('POST', '/switches', switches);
  await screen.respond('denied');
  const after = Object.entries(await rig.results());
  return Object.fromEntries(after.filter(([name, count]) => count !== before[name]).map(([name]) => [name, 1]));
}

describe('a webhook that Twilio signs with', () => {
  let screen: Screen;
  beforeEach(async () => {
    screen = await rig.login();
    await screen.look().expect(200);
  });
  test.each([
    ['a shared key, HMAC-SHA256', { webhookSharedKey: KEY, webhookAlgorithm: 'HMAC_SHA256' }],
    ['a shared key, HMAC-SHA1', { webhookSharedKey: KEY, webhookAlgorithm: 'HMAC_SHA1' }],
    ['a shared key, as JSON', { webhookSharedKey: KEY, webhookAlgorithm: 'HMAC_SHA256', webhookEncoding: 'json' }],
    [
      'the older shared key',
      { webhookSharedKey: 'an-older-key', webhookAlgorithm: 'HMAC_SHA256', webhookEncoding: 'form' },
    ],
  ])('%s is accepted', async (_, switches) => {
    expect(await learnt(switches, screen)).toEqual({ 'challenge.denied learnt': 1 });
  });

  test.each([
    ['another shared key', { webhookSharedKey: 'nobody-knows-it', webhookAlgorithm: 'HMAC_SHA256' }],
    [
      'the auth token as if it were a shared key',
      { webhookSharedKey: 'the-primary-token', webhookAlgorithm: 'HMAC_SHA1' },
    ],
  ])('%s is refused, and the log says which secret to check', async (_, switches) => {
    expect(await learnt(switches, screen)).toEqual({ 'other bad-signature': 1 });
    expect(
      rig
        .logged()
        .split('\n')
        .findLast((line) => line.includes('bad-signature')),
    ).toContain('TWILIO_WEBHOOK_KEYS');
  });
});

test('the auth tokens are read again from their file: primary and secondary, and no restart', async () => {
  const fields = async () => rig.fieldsOf(await rig.login(), 'denied');
  const told = async (authToken: string) => (await rig.call({ fields: await fields(), authToken })).status;
  expect([await told('the-primary-token'), await told('the-secondary-token')]).toEqual([200, 403]);
  writeFileSync(tokenFile, 'the-primary-token,the-secondary-token\n');
  await vi.waitFor(async () => expect(await told('the-secondary-token')).toBe(200), { timeout: 15_000, interval: 100 });
  expect(await told('the-primary-token')).toBe(200);
  expect(rig.logged()).toContain('"event":"twilio.secrets"');
  for (const token of ['the-primary-token', 'the-secondary-token']) expect(rig.logged()).not.toContain(token);
});

describe('the header that names key and algorithm chooses nothing that is not configured', () => {
  const url = 'https://login.example.com/webhooks/twilio/verify';
  const signed = (secret: string, hash: string) => createHmac(hash, secret).update(`${url}a1`).digest('base64');
  const call = (signature: string, settings?: string) => ({ url, isJson: false, body: 'a=1', signature, settings });
  const secrets = { authTokens: ['token'], sharedKeys: ['key'] };

  test.each([
    [true, 'the auth token, without it', call(signed('token', 'sha1'))],
    [true, 'a shared key by SHA-256', call(signed('key', 'sha256'), 'key=any,algorithm=HMAC_SHA256')],
    [true, 'a shared key by SHA-1', call(signed('key', 'sha1'), 'key=any,algorithm=HMAC_SHA1')],
    [false, 'the auth token by SHA-256', call(signed('token', 'sha256'), 'key=any,algorithm=HMAC_SHA256')],
    [false, 'the auth token by SHA-1 under it', call(signed('token', 'sha1'), 'key=any,algorithm=HMAC_SHA1')],
    [false, 'a shared key without it', call(signed('key', 'sha1'))],
    [false, 'SHA-256 said to be SHA-1', call(signed('key', 'sha256'), 'key=any,algorithm=HMAC_SHA1')],
    [false, 'SHA-1 said to be SHA-256', call(signed('key', 'sha1'), 'key=any,algorithm=HMAC_SHA256')],
    [false, 'an algorithm of Node', call(signed('key', 'md5'), 'key=any,algorithm=md5')],
    [false, 'no algorithm', call(signed('key', 'sha1'), 'key=any,algorithm=none')],
    [false, 'an algorithm in other letters', call(signed('key', 'sha256'), 'key=any,algorithm=hmac_sha256')],
    [false, 'an empty secret', call(signed('', 'sha256'), 'key=,algorithm=HMAC_SHA256')],
  ])('%s: %s', (isAccepted, _, given) => {
    const printed = vi.spyOn(console, 'warn');
    expect(formFault(given, '') === undefined && isSignedByTwilio(secrets, given)).toBe(isAccepted);
    expect(isSignedByTwilio(secrets, given)).toBe(isAccepted);
    expect(isSignedByTwilio({ authTokens: [''], sharedKeys: [''] }, given)).toBe(false);
    expect(printed).not.toHaveBeenCalled();
  });

  test('and without shared keys a call that names one is refused', () => {
    const given = call(signed('token', 'sha1'), 'key=any,algorithm=HMAC_SHA1');
    expect(isSignedByTwilio({ authTokens: ['token'], sharedKeys: [] }, given)).toBe(false);
  });
});
