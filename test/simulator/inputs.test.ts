import { generateKeyPairSync } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, failureOf, Rig, type Seeded } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

const service = () => rig.sdk().verify.v2.services(rig.running.serviceSid);
const entity = () => service().entities('user-0001');

function key(namedCurve = 'P-256'): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve });
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
}

const push = {
  friendlyName: 'My phone',
  factorType: 'push',
  'binding.alg': 'ES256',
  'binding.publicKey': key(),
  'config.appId': 'com.example.app',
  'config.notificationPlatform': 'fcm',
  'config.notificationToken': 'token-'.padEnd(40, '0'),
  'config.sdkVersion': '2.1.0',
} as const;

/** Parameters that the types of the SDK do not allow, and JavaScript does. */
function untyped(parameters: object): never {
  return parameters as never;
}

async function factorSid(): Promise<string> {
  return (await rig.challenge(await rig.seed()).fetch()).factorSid;
}

describe('null, which the SDK sends as an empty field, counts as absent', () => {
  test('in a Challenge', async () => {
    const optional = { 'details.fields': null, hiddenDetails: null, expirationDate: null };
    const create = { factorSid: await factorSid(), 'details.message': 'Log in?', ...optional };
    const challenge = await entity().challenges.create(untyped(create));
    expect(challenge).toMatchObject({ details: { message: 'Log in?', fields: [] }, hiddenDetails: null });
    expect(challenge.expirationDate.getTime() - challenge.dateCreated.getTime()).toBe(300_000);
  });

  test('in an access token', async () => {
    const create = { identity: 'user-0001', factorType: 'push', factorFriendlyName: null, ttl: null };
    expect(await service().accessTokens.create(untyped(create))).toMatchObject({ ttl: 60, factorFriendlyName: null });
  });

  test('in a Factor, a service and a Webhook, whose update then changes nothing', async () => {
    const { sid } = await entity().newFactors.create({ ...push, metadata: { os: 'iOS' } });
    const empty = { friendlyName: null, 'config.notificationToken': null, 'config.sdkVersion': null };
    expect(await entity().factors(sid).update(untyped(empty))).toMatchObject({
      friendlyName: 'My phone',
      config: { notification_token: push['config.notificationToken'], sdk_version: '2.1.0' },
      metadata: { os: 'iOS' },
    });
    const blank = { friendlyName: null, codeLength: null, 'push.includeDate': null };
    expect(await service().update(untyped(blank))).toMatchObject({ friendlyName: 'Simulator', codeLength: 6 });
    const { webhooks } = service();
    const made = await webhooks.create({ friendlyName: 'Ours', eventTypes: ['*'], webhookUrl: 'http://127.0.0.1:9/' });
    const kept = { friendlyName: 'Ours', eventTypes: ['*'], webhookUrl: 'http://127.0.0.1:9/', version: 'v2' };
    expect(await webhooks(made.sid).update(untyped({ friendlyName: null, eventTypes: null }))).toMatchObject(kept);
  });

  test.each([
    [false, 60300, undefined],
    [true, undefined, 300],
  ])('in the ttl of a Notification only with emptyTtlIsAbsent: %s', async (emptyTtlIsAbsent, code, ttl) => {
    await rig.switch({ emptyTtlIsAbsent });
    const { notifications } = rig.challenge(await rig.seed());
    const create = notifications.create(untyped({ ttl: null }));
    if (code === undefined) expect((await create).ttl).toBe(ttl);
    else expect((await failureOf(create)).code).toBe(code);
  });
});

describe('a Factor is refused', () => {
  test.each([
    ['a name of 65 characters', { friendlyName: 'x'.repeat(65) }],
    ['a token of 31 characters', { 'config.notificationToken': 'x'.repeat(31) }],
    ['a token of 256 characters', { 'config.notificationToken': 'x'.repeat(256) }],
    ['no token', { 'config.notificationToken': undefined }],
    ['an app id of 101 characters', { 'config.appId': 'x'.repeat(101) }],
    ['metadata of 1025 characters', { metadata: { note: 'x'.repeat(1025 - '{"note":""}'.length) } }],
    ['metadata that is not text', { metadata: { build: 7 } }],
    ['metadata that is a list', { metadata: ['Android'] }],
    ['a key that is none', { 'binding.publicKey': 'dGVzdF9rZXk=' }],
    ['a key of another curve', { 'binding.publicKey': key('P-384') }],
    ['another algorithm', { 'binding.alg': 'RS256' }],
    ['a platform that is none', { 'config.notificationPlatform': 'gcm' }],
    ['a type that is none', { factorType: 'sms' }],
  ])('for %s', async (_name, wrong) => {
    const create = entity().newFactors.create(untyped({ ...push, ...wrong }));
    expect(await failureOf(create)).toMatchObject({ status: 400, code: 60306 });
    expect(await failureOf(entity().fetch())).toMatchObject({ status: 404 });
  });

  test.each([
    ['at its longest', { friendlyName: 'x'.repeat(64), 'config.appId': 'x'.repeat(100) }],
    ['with the longest token', { 'config.notificationToken': 'x'.repeat(255) }],
    ['with the most metadata', { metadata: { note: 'x'.repeat(1024 - '{"note":""}'.length) } }],
    ['without push', { 'config.notificationPlatform': 'none', 'config.notificationToken': undefined }],
  ])('not %s', async (_name, edge) => {
    expect((await entity().newFactors.create(untyped({ ...push, ...edge }))).status).toBe('unverified');
  });
});

test.each([
  ['short', 60306],
  ['a'.repeat(65), 60306],
  ['no--double-dash', 60306],
  ['a'.repeat(64), undefined],
])('an access token for %s: %s', async (identity, code) => {
  const create = service().accessTokens.create({ identity, factorType: 'push' });
  if (code === undefined) expect((await create).entityIdentity).toBe(identity);
  else expect((await failureOf(create)).code).toBe(code);
});

describe('a service', () => {
  test.each([
    [{ friendlyName: 'x'.repeat(33) }],
    [{ codeLength: 3 }],
    [{ 'push.apnCredentialSid': 'CR1' }],
    [{ 'totp.skew': 3 }],
    [{ lookupEnabled: 'perhaps' }],
  ])('is refused with %o', async (wrong) => {
    const { services } = rig.sdk().verify.v2;
    const created = services.create(untyped({ friendlyName: 'Second', ...wrong }));
    expect(await failureOf(created)).toMatchObject({ status: 400, code: 60306 });
    expect(await failureOf(service().update(untyped(wrong)))).toMatchObject({ status: 400, code: 60306 });
    expect(await services.list()).toHaveLength(1);
  });

  test('keeps what it is told, and an update leaves the rest alone', async () => {
    const credential = `CR${'a'.repeat(32)}`;
    const { sid } = await rig.sdk().verify.v2.services.create({
      friendlyName: 'Second',
      'push.apnCredentialSid': credential,
      'passkeys.relyingParty.origins': 'https://a.example,https://b.example',
    });
    await rig.advance(60);
    const updated = await rig.sdk().verify.v2.services(sid).update({ codeLength: 8 });
    expect(updated).toMatchObject({
      friendlyName: 'Second',
      codeLength: 8,
      push: { apn_credential_sid: credential, include_date: false },
      passkeys: { relying_party: { origins: ['https://a.example', 'https://b.example'] } },
      dateCreated: new Date('2026-03-02T10:00:00Z'),
      dateUpdated: new Date('2026-03-02T10:01:00Z'),
    });
  });

  test('that includes the date tells it in the details of a Challenge', async () => {
    const at = await rig.seed();
    expect((await rig.challenge(at).fetch()).details).toMatchObject({ date: null });
    await service().update({ 'push.includeDate': true });
    expect((await rig.challenge(at).fetch()).details).toMatchObject({ date: '2026-03-02T10:00:00Z' });
  });

  test('is gone with everything in it, others are not', async () => {
    const elsewhere: Seeded = await rig.seed({ serviceSid: `VA${'9'.repeat(32)}` });
    await rig.seed();
    expect(await service().remove()).toBe(true);
    expect(await failureOf(service().fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await rig.sim('/challenges')).toMatchObject([{ challengeSid: elsewhere.challengeSid }]);
  });
});

describe('a totp Factor', () => {
  test('has its own configuration, from the service where nothing else is asked for', async () => {
    await service().update({ 'totp.issuer': 'Example & Sons', 'totp.codeLength': 8 });
    const created = await entity().newFactors.create(
      untyped({ friendlyName: "Jo's phone", factorType: 'totp', 'config.alg': 'sha256', 'config.timeStep': 60 }),
    );
    expect(created.config).toEqual({ alg: 'sha256', skew: 1, code_length: 8, time_step: 60 });
    const { secret, uri } = created.binding as { secret: string; uri: string };
    expect(uri).toBe(
      `otpauth://totp/Example%20%26%20Sons:Jo's%20phone?secret=${secret}&issuer=Example%20%26%20Sons` +
        '&algorithm=SHA256&digits=8&period=60',
    );
    const updated = await entity().factors(created.sid).update({ 'config.skew': 0 });
    expect(updated.config).toEqual({ alg: 'sha256', skew: 0, code_length: 8, time_step: 60 });
  });

  test('takes a secret of its own, if it is Base32', async () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const totp = { friendlyName: 'Authenticator', factorType: 'totp' } as const;
    const created = await entity().newFactors.create({ ...totp, 'binding.secret': secret });
    expect(created.binding).toMatchObject({ secret });
    const wrong = entity().newFactors.create({ ...totp, 'binding.secret': 'not base 32' });
    expect((await failureOf(wrong)).code).toBe(60306);
  });
});

test('a Webhook is changed field by field', async () => {
  const { webhooks } = service();
  const { sid } = await webhooks.create({ friendlyName: 'Ours', eventTypes: ['*'], webhookUrl: 'http://127.0.0.1:9/' });
  await rig.advance(60);
  const changed = await webhooks(sid).update({ eventTypes: ['challenge.denied'], status: 'disabled' });
  expect(changed).toMatchObject({
    friendlyName: 'Ours',
    eventTypes: ['challenge.denied'],
    status: 'disabled',
    webhookUrl: 'http://127.0.0.1:9/',
    dateUpdated: new Date('2026-03-02T10:01:00Z'),
  });
  await rig.sim(`/challenges/${(await rig.seed()).challengeSid}/respond`, { status: 'denied' });
  expect(await rig.sim('/webhooks')).toEqual([]);
  const wrong = webhooks(sid).update({ webhookUrl: 'file:///etc/hosts' });
  expect(await failureOf(wrong)).toMatchObject({ status: 400, code: 60306 });
});

describe('a call that the simulator does not know says so', () => {
  test.each([
    ['POST', '/v2/Services/VA/Verifications', 404, 20404],
    ['GET', '/2010-04-01/Accounts.json', 404, 20404],
    ['PUT', '/v2/Services', 405, 20004],
    ['DELETE', '/v2/Services/VA/Entities/user-0001/Challenges/YC', 405, 20004],
  ])('%s %s: %i', async (method, path, status, code) => {
    const answer = await rig.http(path, { method });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      code,
      message: expect.stringContaining(`the simulator does not know this call (${method} ${path})`),
    });
  });
});

test('a repeated field is 60300', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = 'FriendlyName=One&FriendlyName=Two';
  const answer = await rig.http('/v2/Services', { method: 'POST', headers, body });
  expect([answer.status, await codeOf(answer)]).toEqual([400, 60300]);
});
