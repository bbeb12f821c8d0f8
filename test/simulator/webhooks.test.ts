import { createHmac } from 'node:crypto';

import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Rig, type Seeded } from './rig.js';
import { form, startReceiver, type Received, type WebhookReceiver } from './webhook-receiver.js';

let receiver: WebhookReceiver;
let received: Received[];
let url: string;
let rig: Rig;
let at: Seeded;

beforeEach(async () => {
  receiver = await startReceiver();
  ({ received, url } = receiver);
  rig = await Rig.start({ webhookUrl: url });
  at = await rig.seed();
});
afterEach(async () => {
  await rig.stop();
  await receiver.stop();
});

function respond(challenge: Seeded, status: 'approved' | 'denied' = 'approved'): Promise<unknown> {
  return rig.sim(`/challenges/${challenge.challengeSid}/respond`, { status });
}

/** What the SDK's own check says about a call. */
function isValid(call: Received | undefined, signedUrl = url): boolean {
  const signature = String(call?.headers['x-twilio-signature']);
  return twilio.validateRequest(rig.running.authToken, signature, signedUrl, form(call));
}

test.each(['approved', 'denied'] as const)('challenge.%s is told once, as a form the SDK accepts', async (status) => {
  await respond(at, status);
  expect(received).toHaveLength(1);
  expect(form(received[0])).toEqual({
    uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    type: `challenge.${status}`,
    account_sid: rig.running.accountSid,
    service_sid: at.serviceSid,
    entity_identity: 'user-0001',
    factor_sid: expect.stringMatching(/^YF[0-9a-f]{32}$/),
    factor_type: 'push',
    challenge_sid: at.challengeSid,
  });
  expect(isValid(received[0])).toBe(true);
});

test('expiry and Notifications are not told', async () => {
  await rig.resend(at);
  await rig.advance(300);
  await rig.fetchChallenge(at);
  await respond(await rig.seed());
  expect(received.map((call) => form(call).type)).toEqual(['challenge.approved']);
});

test('JSON carries the hash of its body in the URL', async () => {
  await rig.switch({ webhookEncoding: 'json' });
  await respond(at);
  const [call] = received;
  const signature = String(call?.headers['x-twilio-signature']);
  const called = new URL(call?.url ?? '', url).toString();
  const check = (body: string): boolean =>
    twilio.validateRequestWithBody(rig.running.authToken, signature, called, body);
  expect(check(call?.body ?? '')).toBe(true);
  expect(check(`${call?.body} `)).toBe(false);
  expect(JSON.parse(call?.body ?? '')).toMatchObject({ type: 'challenge.approved', challenge_sid: at.challengeSid });
});

test('without a shared key nothing but the signature of the auth token is sent', async () => {
  await respond(at);
  expect(received[0]?.headers).not.toHaveProperty('x-twilio-webhooks-signature-settings');
});

describe('webhookSharedKey signs instead of the auth token', () => {
  const sharedKey = 'a-shared-key';
  const signed = (call: Received | undefined, hash: string): string => {
    const fields = Object.entries(form(call)).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return createHmac(hash, sharedKey)
      .update(url + fields.flat().join(''))
      .digest('base64');
  };

  test.each([
    ['HMAC_SHA256', 'sha256', 44],
    ['HMAC_SHA1', 'sha1', 28],
  ])('with %s', async (webhookAlgorithm, hash, length) => {
    await rig.switch({ webhookSharedKey: sharedKey, webhookAlgorithm });
    await respond(at);
    const { headers } = received[0] ?? {};
    expect(headers?.['x-twilio-signature']).toBe(signed(received[0], hash));
    expect(headers?.['x-twilio-signature']).toHaveLength(length);
    const settings = String(headers?.['x-twilio-webhooks-signature-settings']);
    expect(settings).toMatch(new RegExp(`^key=webhooks_sharedkey_[a-z]+,algorithm=${webhookAlgorithm}$`));
    expect(isValid(received[0])).toBe(false);
  });

  test('over the URL alone for JSON, with the hash of its body in it', async () => {
    await rig.switch({ webhookSharedKey: sharedKey, webhookEncoding: 'json' });
    await respond(at);
    const [call] = received;
    const called = new URL(call?.url ?? '', url).toString();
    const expected = createHmac('sha256', sharedKey).update(called).digest('base64');
    expect(call?.headers['x-twilio-signature']).toBe(expected);
  });

  test('badly with webhookBadSignature', async () => {
    await rig.switch({ webhookSharedKey: sharedKey, webhookBadSignature: true });
    await respond(at);
    expect(received[0]?.headers['x-twilio-signature']).toHaveLength(44);
    expect(received[0]?.headers['x-twilio-signature']).not.toBe(signed(received[0], 'sha256'));
  });
});

test('webhookBadSignature is refused by the SDK', async () => {
  await rig.switch({ webhookBadSignature: true });
  await respond(at);
  expect(isValid(received[0])).toBe(false);
});

test('webhookSignedUrl signs for what a proxy hides', async () => {
  const publicUrl = 'https://resend.example.com/hook?tenant=1';
  await rig.switch({ webhookSignedUrl: publicUrl });
  await respond(at);
  expect(isValid(received[0])).toBe(false);
  expect(isValid(received[0], publicUrl)).toBe(true);
});

test.each([0, 3])('webhookCopies %i', async (webhookCopies) => {
  await rig.switch({ webhookCopies });
  await respond(at);
  expect(received).toHaveLength(webhookCopies);
  expect(new Set(received.map((call) => form(call).uuid)).size).toBeLessThanOrEqual(1);
});

test('webhookReorder: the later event arrives first', async () => {
  await rig.switch({ webhookReorder: true });
  const later = await rig.seed();
  await respond(at);
  expect(received).toEqual([]);
  await respond(later);
  expect(received.map((call) => form(call).challenge_sid)).toEqual([later.challengeSid, at.challengeSid]);
});

test('webhookDelayMs: the phone is done before the webhook arrives', async () => {
  await rig.switch({ webhookDelayMs: 300 });
  await respond(at);
  expect(received).toEqual([]);
  await expect.poll(() => received.length).toBe(1);
});

test('anything but 200 counts as failed, and is not tried again', async () => {
  receiver.status = 204;
  await respond(at);
  expect(await rig.sim('/webhooks')).toMatchObject([{ type: 'challenge.approved', status: 204, failed: true }]);
  expect(received).toHaveLength(1);
});

test('a receiver that is away does not keep the user from answering', async () => {
  const lonely = await Rig.start({ webhookUrl: 'http://127.0.0.1:9/' });
  const there = await lonely.seed();
  await lonely.sim(`/challenges/${there.challengeSid}/respond`, { status: 'approved' });
  const deliveries = await lonely.sim('/webhooks');
  await lonely.stop();
  expect(deliveries).toMatchObject([{ status: null, failed: true }]);
});

test('Factors are told as well', async () => {
  const { serviceSid, identity } = at;
  const entity = rig.sdk().verify.v2.services(serviceSid).entities(identity);
  const { sid } = await entity.newFactors.create({ friendlyName: 'Authenticator', factorType: 'totp' });
  await entity.factors(sid).update({ authPayload: '123456' });
  await entity.factors(sid).remove();
  await expect
    .poll(() => received.map((call) => form(call).type))
    .toEqual(['factor.created', 'factor.verified', 'factor.deleted']);
});
