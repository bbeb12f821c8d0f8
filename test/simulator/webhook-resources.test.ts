import twilio from 'twilio';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { failureOf, Rig, type Seeded } from './rig.js';
import { form, startReceiver, type WebhookReceiver } from './webhook-receiver.js';

let receiver: WebhookReceiver;
let rig: Rig;
let at: Seeded;

beforeEach(async () => {
  receiver = await startReceiver();
  rig = await Rig.start();
  at = await rig.seed();
});
afterEach(async () => {
  await rig.stop();
  await receiver.stop();
});

function webhooks(serviceSid = rig.running.serviceSid) {
  return rig.sdk().verify.v2.services(serviceSid).webhooks;
}

function create(eventTypes: string[], more: object = {}) {
  return webhooks().create({ friendlyName: 'Ours', eventTypes, webhookUrl: receiver.url, ...more });
}

function respond(challenge: Seeded): Promise<unknown> {
  return rig.sim(`/challenges/${challenge.challengeSid}/respond`, { status: 'approved' });
}

test('a Webhook is made, read, listed and deleted through the SDK', async () => {
  const made = await create(['challenge.approved', 'challenge.denied']);
  expect(made).toMatchObject({
    sid: expect.stringMatching(/^YW[0-9a-f]{32}$/),
    serviceSid: rig.running.serviceSid,
    accountSid: rig.running.accountSid,
    friendlyName: 'Ours',
    eventTypes: ['challenge.approved', 'challenge.denied'],
    status: 'enabled',
    version: 'v2',
    webhookUrl: receiver.url,
    webhookMethod: 'POST',
    dateCreated: new Date('2026-03-02T10:00:00Z'),
  });
  expect((await webhooks()(made.sid).fetch()).webhookUrl).toBe(receiver.url);
  expect((await webhooks().list()).map(({ sid }) => sid)).toEqual([made.sid]);
  expect(await webhooks()(made.sid).remove()).toBe(true);
  expect(await webhooks().list()).toEqual([]);
  expect(await failureOf(webhooks()(made.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
});

test('an event goes to it, signed with the auth token', async () => {
  await create(['*']);
  await respond(at);
  expect(receiver.received.map((call) => form(call).type)).toEqual(['challenge.approved']);
  const [call] = receiver.received;
  const signature = String(call?.headers['x-twilio-signature']);
  expect(twilio.validateRequest(rig.running.authToken, signature, receiver.url, form(call))).toBe(true);
});

test.each([
  ['for other events', ['challenge.denied', 'factor.created'], {}],
  ['disabled', ['*'], { status: 'disabled' }],
])('one that is %s hears nothing', async (_name, eventTypes, more) => {
  await create(eventTypes, more);
  await respond(at);
  expect(await rig.sim('/webhooks')).toEqual([]);
});

test('events of another service stay there', async () => {
  await create(['*']);
  await respond(await rig.seed({ serviceSid: `VA${'9'.repeat(32)}` }));
  expect(receiver.received).toEqual([]);
});

test('each of several is told once, with a uuid of its own', async () => {
  await create(['*']);
  await create(['challenge.approved']);
  await respond(at);
  expect(new Set(receiver.received.map((call) => form(call).uuid)).size).toBe(2);
});

test('one that does not answer 200 is in the debugger as 60330', async () => {
  receiver.status = 500;
  await create(['*']);
  await rig.advance(5);
  await respond(at);
  expect(await rig.sim('/debugger')).toMatchObject([
    { at: '2026-03-02T10:00:05.000Z', code: 60330, about: receiver.url },
  ]);
});

test.each([
  [{ eventTypes: ['challenge.expired'] }],
  [{ eventTypes: [] }],
  [{ webhookUrl: 'file:///etc/hosts' }],
  [{ webhookUrl: 'nowhere' }],
  [{ status: 'paused' }],
  [{ versionParam: 'v3' }],
])('%o is refused', async (wrong) => {
  expect(await failureOf(create(['*'], wrong))).toMatchObject({ status: 400, code: 60306 });
});

test('a service that is not there has none', async () => {
  const missing = webhooks(`VA${'8'.repeat(32)}`).list();
  expect(await failureOf(missing)).toMatchObject({ status: 404, code: 20404 });
});
