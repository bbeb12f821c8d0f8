import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Rig } from './rig.js';

/** A type of Twilio's API reference, as a check of a value in JSON. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const integer: Check = (value) => Number.isInteger(value);
const sid = (prefix: string): Check => like(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`));
const date = like(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
const url = like(/^https?:\/\/[^ ]+$/);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const object =
  (fields: Record<string, Check>): Check =>
  (value) =>
    faultsOf(value, fields).length === 0;

function like(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields and types that Twilio's API reference gives each answer (https://www.twilio.com/docs/verify/api). */
const documented = {
  Challenge: {
    sid: sid('YC'),
    account_sid: sid('AC'),
    service_sid: sid('VA'),
    entity_sid: sid('YE'),
    identity: text,
    factor_sid: sid('YF'),
    date_created: date,
    date_updated: date,
    date_responded: orNull(date),
    expiration_date: date,
    status: oneOf('pending', 'expired', 'approved', 'denied'),
    responded_reason: oneOf('none', 'not_needed', 'not_requested'),
    details: object({ message: text, date: orNull(date), fields: listOf(object({ label: text, value: text })) }),
    hidden_details: orNull(mapOf(text)),
    metadata: orNull(isObject),
    factor_type: oneOf('push', 'totp', 'passkeys'),
    url,
    links: object({ notifications: url }),
  },
  Notification: {
    sid: sid('NT'),
    account_sid: sid('AC'),
    service_sid: sid('VA'),
    entity_sid: sid('YE'),
    identity: text,
    challenge_sid: sid('YC'),
    priority: oneOf('high'),
    ttl: integer,
    date_created: date,
  },
  Webhook: {
    sid: sid('YW'),
    service_sid: sid('VA'),
    account_sid: sid('AC'),
    friendly_name: text,
    event_types: listOf(text),
    status: oneOf('enabled', 'disabled'),
    version: oneOf('v1', 'v2'),
    webhook_url: url,
    webhook_method: oneOf('GET', 'POST'),
    date_created: date,
    date_updated: date,
    url,
  },
  error: { code: integer, message: text, more_info: url, status: integer },
} satisfies Record<string, Record<string, Check>>;

/** The fields that are missing, not documented, or of another type. */
function faultsOf(answer: unknown, fields: Record<string, Check>): string[] {
  if (!isObject(answer)) return ['not an object'];
  const names = new Set([...Object.keys(fields), ...Object.keys(answer)]);
  return [...names].filter((name) => !(name in answer) || !fields[name]?.(answer[name]));
}

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

function post(path: string, fields: Record<string, string>): Promise<Response> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return rig.http(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

const answers: [name: string, shape: keyof typeof documented, ask: () => Promise<Response>][] = [
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
  const count = (shape: keyof typeof documented): number => Object.keys(documented[shape]).length;
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
