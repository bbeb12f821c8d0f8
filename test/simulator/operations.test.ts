import { generateKeyPairSync, randomUUID } from 'node:crypto';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { documented, faultsOf, type Documented } from './documented.js';
import { Rig, type Seeded } from './rig.js';
import { answerTo, lastAnswer } from './signed-answer.js';

/** The operations of Verify Push by the `operationId` of Twilio's published OpenAPI description. */
type OperationId =
  | `${'Create' | 'List' | 'Fetch' | 'Update' | 'Delete'}${'Service' | 'Webhook'}`
  | `${'Create' | 'List' | 'Fetch' | 'Delete'}Entity`
  | `${'CreateNew' | 'List' | 'Fetch' | 'Update' | 'Delete'}Factor`
  | `${'Create' | 'List' | 'Fetch' | 'Update'}Challenge`
  | `${'Create' | 'Fetch'}AccessToken`
  | 'CreateNotification';

/** Status and shape of a documented answer (no shape: no body), and the call of the SDK that gets it. */
type Row = [status: number, shape: Documented | undefined, call: () => Promise<unknown>];

let rig: Rig;
let at: Seeded;
let client: ReturnType<Rig['sdk']>;

beforeEach(async () => {
  rig = await Rig.start();
  at = await rig.seed();
  client = rig.sdk();
});
afterEach(() => rig.stop());

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pushFactor = {
  friendlyName: 'My phone',
  factorType: 'push',
  'binding.alg': 'ES256',
  'binding.publicKey': publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  'config.appId': 'com.example.app',
  'config.notificationPlatform': 'fcm',
  'config.notificationToken': randomUUID(),
  'config.sdkVersion': '2.1.0',
  metadata: { os: 'Android' },
} as const;

const service = () => client.verify.v2.services(at.serviceSid);
const entity = () => service().entities(at.identity);
const newFactor = () => entity().newFactors.create(pushFactor);
const newWebhook = () =>
  service().webhooks.create({ friendlyName: 'Ours', eventTypes: ['*'], webhookUrl: 'https://example.com/hook' });
const newToken = () => service().accessTokens.create({ identity: at.identity, factorType: 'push' });

async function newChallenge() {
  const { sid: factorSid } = await newFactor();
  await entity().factors(factorSid).update({ authPayload: 'any' });
  const details = { 'details.message': 'Log in?', 'details.fields': [{ label: 'City', value: 'Berlin' }] };
  return entity().challenges.create({ factorSid, ...details, hiddenDetails: { ip: '192.0.2.1' } });
}

async function answeredChallenge() {
  const challenge = entity().challenges((await newChallenge()).sid);
  await challenge.fetch();
  const authPayload = answerTo(lastAnswer(client), 'approved', privateKey);
  return challenge.update({ authPayload, metadata: { os: 'Android' } });
}

const table: Record<OperationId, Row> = {
  CreateService: [201, 'Service', () => client.verify.v2.services.create({ friendlyName: 'Second' })],
  ListService: [200, 'Services', () => client.verify.v2.services.list()],
  FetchService: [200, 'Service', () => service().fetch()],
  UpdateService: [200, 'Service', () => service().update({ friendlyName: 'Renamed', 'push.includeDate': true })],
  DeleteService: [204, undefined, () => service().remove()],
  CreateEntity: [201, 'Entity', () => service().entities.create({ identity: 'user-0002' })],
  ListEntity: [200, 'Entities', () => service().entities.list()],
  FetchEntity: [200, 'Entity', () => entity().fetch()],
  DeleteEntity: [204, undefined, () => entity().remove()],
  CreateNewFactor: [201, 'new push Factor', newFactor],
  ListFactor: [200, 'push Factors', () => entity().factors.list()],
  FetchFactor: [
    200,
    'push Factor',
    async () =>
      entity()
        .factors((await newFactor()).sid)
        .fetch(),
  ],
  UpdateFactor: [
    200,
    'push Factor',
    async () =>
      entity()
        .factors((await newFactor()).sid)
        .update({ friendlyName: 'Renamed', 'config.sdkVersion': '2.2.0', authPayload: 'any' }),
  ],
  DeleteFactor: [
    204,
    undefined,
    async () =>
      entity()
        .factors((await newFactor()).sid)
        .remove(),
  ],
  CreateChallenge: [201, 'Challenge', newChallenge],
  ListChallenge: [200, 'Challenges', () => entity().challenges.list()],
  FetchChallenge: [200, 'Challenge', () => entity().challenges(at.challengeSid).fetch()],
  UpdateChallenge: [200, 'Challenge', answeredChallenge],
  CreateNotification: [201, 'Notification', () => entity().challenges(at.challengeSid).notifications.create()],
  CreateAccessToken: [201, 'AccessToken', newToken],
  FetchAccessToken: [
    200,
    'AccessToken',
    async () =>
      service()
        .accessTokens((await newToken()).sid)
        .fetch(),
  ],
  CreateWebhook: [201, 'Webhook', newWebhook],
  ListWebhook: [200, 'Webhooks', async () => [await newWebhook(), await service().webhooks.list()]],
  FetchWebhook: [
    200,
    'Webhook',
    async () =>
      service()
        .webhooks((await newWebhook()).sid)
        .fetch(),
  ],
  UpdateWebhook: [
    200,
    'Webhook',
    async () =>
      service()
        .webhooks((await newWebhook()).sid)
        .update({ status: 'disabled' }),
  ],
  DeleteWebhook: [
    204,
    undefined,
    async () =>
      service()
        .webhooks((await newWebhook()).sid)
        .remove(),
  ],
};

const rows = Object.entries(table) as [OperationId, Row][];

test.each(rows)('%s answers as documented', async (operationId, [status, shape, call]) => {
  await call();
  const answer = lastAnswer(client);
  expect(answer.status).toBe(status);
  if (shape === undefined) expect(answer.body || undefined).toBeUndefined();
  else expect(faultsOf(answer.body, documented[shape])).toEqual([]);
  const { method, path } = await rig.lastRequest();
  expect(method).toBe(/^(List|Fetch)/.test(operationId) ? 'GET' : operationId.startsWith('Delete') ? 'DELETE' : 'POST');
  expect(path).toMatch(/^\/v2\/Services/);
});

test('there are 26 of them, and no two are the same to the simulator', async () => {
  for (const [, [, , call]] of rows.filter(([id]) => !id.startsWith('Delete'))) {
    at = await rig.seed({ identity: `user-${randomUUID()}` });
    await call();
  }
  for (const id of ['DeleteFactor', 'DeleteWebhook', 'DeleteEntity', 'DeleteService'] as const) await table[id][2]();
  const operations = (await rig.journal()).map(({ operation }) => operation);
  expect(new Set(operations).size).toBe(26);
  expect(operations).not.toContain(null);
});

test.each([
  ['FetchChallenge', 'twilio-verify-signature-fields', /^sid,account_sid,/],
  ['UpdateChallenge', 'twilio-verify-challenge-signature', /^[A-Za-z0-9_-]{86}$/],
  ['UpdateFactor', 'twilio-verify-factor-signature', /^any$/],
] as const)('%s has the header %s, readable by pages', async (id, name, value) => {
  await table[id][2]();
  const { headers } = lastAnswer(client);
  expect(headers[name]).toMatch(value);
  expect(headers['access-control-expose-headers']?.toLowerCase().split(', ')).toContain(name);
});
