import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { documented, faultsOf, type Documented } from './documented.js';
import { Rig } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

function post(path: string, fields: Record<string, string>): Promise<Response> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return rig.http(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

const answers: [name: string, shape: Documented, ask: () => Promise<Response>][] = [
  ['a pending Challenge', 'Challenge', async () => rig.fetchChallenge(await rig.seed())],
  ['an expired Challenge', 'Challenge', async () => rig.fetchChallenge(await rig.seed({ expiresInSeconds: 0 }))],
  ['an approved Challenge', 'Challenge', () => answered('approved')],
  ['a denied Challenge', 'Challenge', () => answered('denied')],
  ['a Challenge of a totp Factor', 'Challenge', async () => rig.fetchChallenge(await rig.seed({ factorType: 'totp' }))],
  ['a new Challenge with every detail', 'Challenge', created],
  ['a Notification', 'Notification', async () => rig.resend(await rig.seed())],
  ['a Notification with a ttl', 'Notification', async () => rig.resend(await rig.seed(), 'Ttl=0')],
  ['a Webhook', 'Webhook', webhook],
  ['a refused resend', 'error', async () => rig.resend(await rig.seed({ platform: 'none' }))],
  ['a path that is not there', 'error', () => rig.http('/v2/nowhere')],
  ['a request without credentials', 'error', () => fetch(`${rig.url}/v2/nowhere`)],
];

async function answered(status: string): Promise<Response> {
  const at = await rig.seed();
  await rig.sim(`/challenges/${at.challengeSid}/respond`, { status });
  return rig.fetchChallenge(at);
}

async function created(): Promise<Response> {
  const at = await rig.seed();
  const { factorSid } = await rig.challenge(at).fetch();
  return post(`/v2/Services/${at.serviceSid}/Entities/${at.identity}/Challenges`, {
    FactorSid: factorSid,
    'Details.Message': 'Log in?',
    'Details.Fields': '{"label":"City","value":"Berlin"}',
    HiddenDetails: '{"ip":"192.0.2.1"}',
  });
}

function webhook(): Promise<Response> {
  const fields = { FriendlyName: 'Ours', EventTypes: '*', WebhookUrl: 'https://resend.example.com/hook' };
  return post(`/v2/Services/${rig.running.serviceSid}/Webhooks`, fields);
}

describe('every field has its documented name and type, and there is no other:', () => {
  test.each(answers)('%s (%s)', async (_name, shape, ask) => {
    expect(faultsOf(await (await ask()).json(), documented[shape])).toEqual([]);
  });
});

test('the table has the 18 fields of a Challenge and the 9 of a Notification', () => {
  const count = (shape: Documented): number => Object.keys(documented[shape]).length;
  expect([count('Challenge'), count('Notification')]).toEqual([18, 9]);
});

test.each([
  ['left out', { date_responded: undefined }],
  ['of another type', { date_created: 1_772_445_600 }],
  ['not documented', { colour: 'blue' }],
])('a field that is %s would be seen', async (_name, change) => {
  const challenge = (await (await rig.fetchChallenge(await rig.seed())).json()) as object;
  const changed: unknown = JSON.parse(JSON.stringify({ ...challenge, ...change }));
  expect(faultsOf(changed, documented.Challenge)).toEqual(Object.keys(change));
});
