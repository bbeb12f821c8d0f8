import { generateKeyPairSync } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, failureOf, Rig } from './rig.js';
import { SdkPhone } from './sdk-phone.js';
import { lastAnswer } from './signed-answer.js';

/** The Rig's clock when nothing advances it. */
const startedAt = Date.parse('2026-03-02T10:00:00Z') / 1000;
const identity = 'user-0001';
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

let rig: Rig;
let phone: SdkPhone;
let now: number;

beforeEach(async () => {
  rig = await Rig.start();
  now = startedAt;
  phone = await invited();
});
afterEach(() => rig.stop());

const service = () => rig.sdk().verify.v2.services(rig.running.serviceSid);

async function invited(): Promise<SdkPhone> {
  const { token: accessToken } = await service().accessTokens.create({ identity, factorType: 'push' });
  const { url, accountSid, serviceSid } = rig.running;
  return new SdkPhone({ url, accountSid, serviceSid, identity, accessToken }, () => now);
}

async function registered(): Promise<SdkPhone> {
  await phone.register();
  await phone.verify();
  return phone;
}

async function challenged(): Promise<string> {
  const create = { factorSid: phone.factorSid, 'details.message': 'Log in?' };
  return (await service().entities(identity).challenges.create(create)).sid;
}

/** Looks at the phone's own Factor with a password that may be wrong. */
function lookWith(password: string): Promise<{ status?: number; code?: number | string }> {
  return phone
    .entity(password)
    .factors(phone.factorSid)
    .fetch()
    .then(
      () => ({ status: 200 }),
      (error: { status: number; code: number }) => error,
    );
}

describe('an access token', () => {
  test('is read again by its url, until it has expired', async () => {
    const created = await service().accessTokens.create({ identity, factorType: 'push', ttl: 120 });
    const read = (await (await rig.http(new URL(created.url).pathname)).json()) as { token: string };
    expect(read.token).toBe(created.token);
    expect(created.token.split('.')).toHaveLength(5);
    await rig.advance(120);
    expect(await failureOf(service().accessTokens(created.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
  });

  test('registers a phone, and the journal names it without telling it', async () => {
    await phone.register();
    const entry = await rig.lastRequest();
    expect(entry).toMatchObject({ operation: 'createFactor', status: 201 });
    expect(entry.principal).toMatch(/^YK[0-9a-f]{32}$/);
    expect(await service().entities(identity).factors(phone.factorSid).fetch()).toMatchObject({
      status: 'unverified',
      metadata: { os: 'Android' },
      config: { sdk_version: '2.1.0', app_id: 'com.example.app' },
    });
  });

  test('registers nobody when it has expired', async () => {
    await rig.advance(60);
    expect(await failureOf(phone.register())).toMatchObject({ status: 401, code: 20003 });
  });

  test('opens nothing but the registration of its own user', async () => {
    const { token } = await service().accessTokens.create({ identity, factorType: 'push' });
    const basic = { authorization: `Basic ${btoa(`token:${token}`)}` };
    const entities = `/v2/Services/${rig.running.serviceSid}/Entities`;
    for (const [method, path] of [
      ['POST', `${entities}/user-0002/Factors`],
      ['POST', `/v2/Services/VA${'9'.repeat(32)}/Entities/${identity}/Factors`],
      ['GET', `${entities}/${identity}/Factors`],
      ['GET', '/v2/Services'],
    ] as const) {
      const answer = await rig.http(path, { method, headers: basic });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 403, 70051]);
    }
  });

  test('registers push only', async () => {
    const { token } = await service().accessTokens.create({ identity, factorType: 'push' });
    const totp = phone.entity(token).newFactors.create({ friendlyName: 'Authenticator', factorType: 'totp' });
    expect(await failureOf(totp)).toMatchObject({ status: 403, code: 70051 });
  });
});

describe('a registered phone', () => {
  test('is verified by a signature of its own key, told back in a header', async () => {
    await phone.register();
    expect(await failureOf(phone.verify(stranger))).toMatchObject({ status: 403, code: 60311 });
    const factor = service().entities(identity).factors(phone.factorSid);
    expect((await factor.fetch()).status).toBe('unverified');
    expect(await phone.verify()).toBe('verified');
    expect((await rig.lastRequest()).principal).toBe(phone.factorSid);
    const client = rig.sdk();
    const ofBackend = client.verify.v2.services(rig.running.serviceSid).entities(identity).factors(phone.factorSid);
    await ofBackend.update({ authPayload: 'a-signature' });
    expect(lastAnswer(client).headers['twilio-verify-factor-signature']).toBe('a-signature');
    await ofBackend.update({ friendlyName: 'Renamed' });
    expect(lastAnswer(client).headers['twilio-verify-factor-signature']).toBeUndefined();
  });

  test.each(['approved', 'denied'] as const)('finds the Challenge that waits, and has it %s', async (status) => {
    await registered();
    const sid = await challenged();
    expect(await phone.pending()).toEqual([sid]);
    expect(await phone.answer(sid, status)).toBe(status);
    expect(await phone.pending()).toEqual([]);
    expect((await service().entities(identity).challenges(sid).fetch()).status).toBe(status);
  });

  test('can not have a Challenge answered by another key', async () => {
    await registered();
    const sid = await challenged();
    expect(await failureOf(phone.answer(sid, 'approved', stranger))).toMatchObject({ status: 403, code: 60324 });
    expect((await service().entities(identity).challenges(sid).fetch()).status).toBe('pending');
  });

  test('is told what its SDK needs: credential_sid, and no date that is null', async () => {
    await registered();
    const sid = await challenged();
    expect((await phone.entity().factors(phone.factorSid).fetch()).config).toMatchObject({
      credential_sid: expect.stringMatching(/^CR[0-9a-f]{32}$/),
    });
    expect((await phone.entity().challenges(sid).fetch()).details).toEqual({ message: 'Log in?', fields: [] });
    const { config } = await service().entities(identity).factors(phone.factorSid).fetch();
    expect(config).not.toHaveProperty('credential_sid');
  });

  test('gets a new push token, and goes', async () => {
    await registered();
    const token = 'a-new-token-'.padEnd(40, '0');
    const change = { 'config.notificationToken': token, 'config.sdkVersion': '2.2.0' };
    const { config } = await phone.entity().factors(phone.factorSid).update(change);
    expect(config).toMatchObject({ notification_token: token, sdk_version: '2.2.0' });
    expect(await phone.remove()).toBe(true);
    expect(await failureOf(phone.pending())).toMatchObject({ status: 401, code: 20003 });
  });

  test('reaches its own Factor and Entity only', async () => {
    await registered();
    const other = await rig.seed({ identity: 'user-0002' });
    const basic = { authorization: `Basic ${btoa(`token:${phone.credential()}`)}` };
    const { factorSid } = await rig.challenge(other).fetch();
    const own = `/v2/Services/${rig.running.serviceSid}/Entities/${identity}`;
    for (const [method, path] of [
      ['GET', rig.path(other)],
      ['GET', `${own}/Factors`],
      ['GET', `${own}/Factors/${factorSid}`],
      ['GET', own],
      ['POST', `${own}/Challenges`],
      ['POST', `${own}/Challenges/YC${'0'.repeat(32)}/Notifications`],
      ['DELETE', `/v2/Services/${rig.running.serviceSid}`],
    ] as const) {
      const answer = await rig.http(path, { method, headers: basic });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 403, 70051]);
    }
  });
});

describe('the credential of a phone', () => {
  test.each([
    ['of another key', { signer: stranger }],
    ['without its content type', { header: { cty: undefined } }],
    ['of a Factor that is not there', { header: { kid: `CR${'0'.repeat(32)}` } }],
    ['of another algorithm', { header: { alg: 'none' } }],
    ['of another account', { claims: { sub: `AC${'9'.repeat(32)}` } }],
    ['that has expired', { claims: { exp: startedAt } }],
    ['that is not valid yet', { claims: { nbf: startedAt + 1 } }],
    ['without an end', { claims: { exp: undefined } }],
  ])('%s is 401', async (_name, change) => {
    await registered();
    expect(await lookWith(phone.credential())).toEqual({ status: 200 });
    expect(await lookWith(phone.credential(change))).toMatchObject({ status: 401, code: 20003 });
  });

  test.each([' ', 'nonsense', 'a.b.c', `${btoa('null')}.${btoa('{}')}.x`])('"%s" is none: 401', async (password) => {
    await registered();
    expect(await lookWith(password)).toMatchObject({ status: 401 });
  });

  test('of a phone whose clock is wrong is refused, with the date to set it by', async () => {
    await registered();
    await rig.advance(601);
    const basic = { authorization: `Basic ${btoa(`token:${phone.credential()}`)}` };
    const refused = await rig.http(`/v2/Services/${rig.running.serviceSid}/Entities/${identity}/Challenges`, {
      headers: basic,
    });
    expect(refused.status).toBe(401);
    now = Date.parse(refused.headers.get('date') ?? '') / 1000;
    expect(await phone.pending()).toEqual([]);
  });
});
