import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, failureOf, Rig } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

function service() {
  return rig.sdk().verify.v2.services(rig.running.serviceSid);
}

/** Registers an app the way a phone does, through Twilio's own routes. */
async function register(identity = 'user-0001', platform: 'apn' | 'fcm' | 'none' = 'fcm') {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const factors = service().entities(identity);
  const created = await factors.newFactors.create({
    friendlyName: 'My phone',
    factorType: 'push',
    'binding.alg': 'ES256',
    'binding.publicKey': publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    'config.appId': 'com.example.app',
    'config.notificationPlatform': platform,
    'config.notificationToken': 'token-'.padEnd(40, '0'),
  });
  return { created, privateKey, verify: () => factors.factors(created.sid).update({ authPayload: 'signed' }) };
}

async function createChallenge(identity = 'user-0001', more: object = {}) {
  const { created, privateKey, verify } = await register(identity);
  await verify();
  const create = { factorSid: created.sid, 'details.message': 'Log in?', ...more };
  return { challenge: await service().entities(identity).challenges.create(create), privateKey };
}

/** What the app signs: the named fields, and its answer. */
async function answerAs(key: KeyObject, sid: string, status: string, change: object = {}) {
  const at = { serviceSid: rig.running.serviceSid, identity: 'user-0001', challengeSid: sid };
  const fetched = await rig.fetchChallenge(at);
  const fields = fetched.headers.get('twilio-verify-signature-fields')?.split(',') ?? [];
  const challenge = (await fetched.json()) as Record<string, unknown>;
  const claims = { ...Object.fromEntries(fields.map((field) => [field, challenge[field]])), status, ...change };
  const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return rig.challenge(at).update({ authPayload: `${signed}.${signature}` });
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

describe('creating a Challenge through Twilio', () => {
  test('pushes to the phone, and lasts 5 minutes', async () => {
    const { challenge } = await createChallenge('user-0001', {
      'details.fields': [{ label: 'City', value: 'Berlin' }],
      hiddenDetails: { ip: '192.0.2.1' },
    });
    expect(challenge).toMatchObject({
      status: 'pending',
      respondedReason: 'none',
      dateResponded: null,
      details: { message: 'Log in?', fields: [{ label: 'City', value: 'Berlin' }] },
      hiddenDetails: { ip: '192.0.2.1' },
    });
    expect(challenge.expirationDate.getTime() - challenge.dateCreated.getTime()).toBe(300_000);
    expect((await rig.phone()).pushes).toMatchObject([{ challengeSid: challenge.sid, source: 'automatic' }]);
  });

  test.each([
    ['61 minutes', '2026-03-02T11:01:00Z', 60306],
    ['the past', '2026-03-02T09:59:59Z', 60306],
    ['no date', 'tomorrow', 60306],
    ['60 minutes', '2026-03-02T11:00:00Z', undefined],
  ])('that expires in %s: %s', async (_name, date, code) => {
    const { created, verify } = await register();
    await verify();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const path = `/v2/Services/${rig.running.serviceSid}/Entities/user-0001/Challenges`;
    const body = new URLSearchParams({ FactorSid: created.sid, 'Details.Message': 'Log in?', ExpirationDate: date });
    const answer = await rig.http(path, { method: 'POST', headers, body: body.toString() });
    expect(await codeOf(answer)).toBe(code);
  });

  test.each([
    [{ 'details.message': '' }, 60306],
    [{ 'details.message': 'x'.repeat(257) }, 60306],
    [{ 'details.fields': Array.from({ length: 21 }, () => ({ label: 'a', value: 'b' })) }, 60306],
    [{ 'details.fields': [{ label: 'x'.repeat(37), value: 'b' }] }, 60306],
    [{ hiddenDetails: { number: 5 } }, 60306],
    [{ factorSid: `YF${'0'.repeat(32)}` }, 20404],
  ])('with %o is %i', async (wrong, code) => {
    expect((await failureOf(createChallenge('user-0001', wrong))).code).toBe(code);
  });

  test('for an unverified Factor is 60318', async () => {
    const { created } = await register();
    const create = { factorSid: created.sid, 'details.message': 'Log in?' };
    expect(await failureOf(service().entities('user-0001').challenges.create(create))).toMatchObject({
      status: 403,
      code: 60318,
    });
  });

  test('challengesPerFactor limits it with 60312', async () => {
    await rig.switch({ challengesPerFactor: 1 });
    const { challenge } = await createChallenge();
    const create = { factorSid: challenge.factorSid, 'details.message': 'Again?' };
    expect(await failureOf(service().entities('user-0001').challenges.create(create))).toMatchObject({
      status: 429,
      code: 60312,
    });
  });
});

describe('the answer of a phone', () => {
  test.each(['approved', 'denied'])('%s, signed with its key, is final', async (status) => {
    const { challenge, privateKey } = await createChallenge();
    await rig.advance(3);
    const answered = await answerAs(privateKey, challenge.sid, status);
    expect(answered).toMatchObject({ status, dateResponded: new Date('2026-03-02T10:00:03Z') });
    expect((await rig.lastRequest()).effect).toBe(`challenge-${status}`);
    const again = failureOf(answerAs(privateKey, challenge.sid, status));
    expect(await again).toMatchObject({ status: 403, code: 60322 });
  });

  test('signed with another key, or about another Challenge, leaves it pending', async () => {
    const { challenge, privateKey } = await createChallenge();
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect((await failureOf(answerAs(stranger, challenge.sid, 'approved'))).code).toBe(60324);
    const other = { sid: `YC${'1'.repeat(32)}` };
    expect((await failureOf(answerAs(privateKey, challenge.sid, 'approved', other))).code).toBe(60324);
    expect((await failureOf(answerAs(privateKey, challenge.sid, 'maybe'))).code).toBe(60324);
    expect((await service().entities('user-0001').challenges(challenge.sid).fetch()).status).toBe('pending');
  });

  test('after the end is 60323', async () => {
    const { challenge, privateKey } = await createChallenge();
    await rig.advance(300);
    expect(await failureOf(answerAs(privateKey, challenge.sid, 'approved'))).toMatchObject({
      status: 403,
      code: 60323,
    });
  });
});

describe('listing Challenges', () => {
  test('of a user without any is an empty list', async () => {
    await service().entities.create({ identity: 'user-0001' });
    expect(await service().entities('user-0001').challenges.list()).toEqual([]);
  });

  test('is oldest first, page by page, as the SDK follows it', async () => {
    const sids: string[] = [];
    for (let number = 0; number < 5; number += 1) {
      sids.push((await rig.seed()).challengeSid);
      await rig.advance(1);
    }
    const listed = await service().entities('user-0001').challenges.list({ pageSize: 2 });
    expect(listed.map((challenge) => challenge.sid)).toEqual(sids);
    expect((await rig.journal()).filter((entry) => entry.operation === 'listChallenges')).toHaveLength(3);
    const newest = await service().entities('user-0001').challenges.list({ order: 'desc', limit: 1 });
    expect(newest[0]?.sid).toBe(sids[4]);
  });

  test('filters by the status of now', async () => {
    const old = await rig.seed({ ageSeconds: 200 });
    const young = await rig.seed();
    await rig.advance(100);
    const { challenges } = service().entities('user-0001');
    expect((await challenges.list({ status: 'expired' })).map(({ sid }) => sid)).toEqual([old.challengeSid]);
    expect((await challenges.list({ status: 'pending' })).map(({ sid }) => sid)).toEqual([young.challengeSid]);
    expect(await challenges.list({ status: 'denied' })).toEqual([]);
  });

  test.each(['Status=maybe', 'PageSize=0', 'PageSize=1001', 'Page=x', 'Order=up'])('%s is refused', async (query) => {
    await rig.seed();
    const answer = await rig.http(`/v2/Services/${rig.running.serviceSid}/Entities/user-0001/Challenges?${query}`);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 60306]);
  });
});

describe('users and their apps', () => {
  test('a new Factor makes its user, and tells its binding once', async () => {
    const { created, verify } = await register();
    expect(created).toMatchObject({ status: 'unverified', identity: 'user-0001', binding: { alg: 'ES256' } });
    expect((await verify()).status).toBe('verified');
    const factor = await service().entities('user-0001').factors(created.sid).fetch();
    expect(factor).toMatchObject({ status: 'verified', config: { notification_platform: 'fcm' } });
    expect(factor).not.toHaveProperty('binding.alg');
    expect((await service().entities('user-0001').fetch()).identity).toBe('user-0001');
  });

  test('what one Factor is told does not show in another', async () => {
    const { factors } = service().entities('user-0001');
    const { created: told } = await register('user-0001', 'none');
    const { created: other } = await register('user-0001', 'none');
    const token = 'a-token-'.padEnd(32, '0');
    await factors(told.sid).update({ 'config.notificationToken': token });
    expect((await factors(told.sid).fetch()).config).toMatchObject({ notification_token: token });
    expect((await factors(other.sid).fetch()).config).toMatchObject({ notification_token: null });
  });

  test('the same user twice is 60301, an odd identity 60306', async () => {
    await service().entities.create({ identity: 'user-0001' });
    expect(await failureOf(service().entities.create({ identity: 'user-0001' }))).toMatchObject({
      status: 409,
      code: 60301,
    });
    expect(await failureOf(service().entities.create({ identity: 'short' }))).toMatchObject({
      status: 400,
      code: 60306,
    });
  });

  test('a deleted user or Factor is gone', async () => {
    const { created } = await register();
    expect(await service().entities('user-0001').factors(created.sid).remove()).toBe(true);
    expect(await failureOf(service().entities('user-0001').factors(created.sid).fetch())).toMatchObject({
      status: 404,
    });
    await rig.seed();
    expect(await service().entities('user-0001').remove()).toBe(true);
    expect(await rig.sim('/challenges')).toEqual([]);
    expect(await failureOf(service().entities('user-0001').fetch())).toMatchObject({ status: 404 });
  });

  test.each([undefined, 2])('a Factor that nobody verifies is gone, unverifiedFactorHours %s', async (hours) => {
    if (hours !== undefined) await rig.switch({ unverifiedFactorHours: hours });
    const [forgotten, kept] = [await register(), await register()];
    await kept.verify();
    const { factors } = service().entities('user-0001');
    await rig.advance((hours ?? 24) * 3600 - 1);
    expect((await factors(forgotten.created.sid).fetch()).status).toBe('unverified');
    await rig.advance(1);
    expect(await failureOf(forgotten.verify())).toMatchObject({ status: 404, code: 20404 });
    expect((await factors(kept.created.sid).fetch()).status).toBe('verified');
  });

  test('a new service is empty, and its access tokens live 60 to 300 seconds', async () => {
    const { sid } = await rig.sdk().verify.v2.services.create({ friendlyName: 'Second' });
    const { accessTokens } = rig.sdk().verify.v2.services(sid);
    expect(await accessTokens.create({ identity: 'user-0001', factorType: 'push' })).toMatchObject({
      ttl: 60,
      serviceSid: sid,
    });
    const long = accessTokens.create({ identity: 'user-0001', factorType: 'push', ttl: 301 });
    expect((await failureOf(long)).code).toBe(60306);
  });
});
