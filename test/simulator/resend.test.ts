import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, failureOf, Rig, type Seeded } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

describe('the ttl of a Notification', () => {
  test.each([
    ['absent', {}, 300],
    ['0', { ttl: 0 }, 0],
    ['300', { ttl: 300 }, 300],
  ])('%s is accepted as %o: %i', async (_name, parameters, ttl) => {
    const { ttl: effective } = await rig.challenge(await rig.seed()).notifications.create(parameters);
    expect(effective).toBe(ttl);
  });

  test.each(['301', '-1', '1.5', '', '+5', ' 5', '5 ', '1e2', '0x10', '007', 'null'])(
    '"%s" is refused',
    async (ttl) => {
      const at = await rig.seed();
      const answer = await rig.resend(at, new URLSearchParams({ Ttl: ttl }).toString());
      expect(answer.status).toBe(400);
      expect(await codeOf(answer)).toBe(60300);
      expect((await rig.phone()).pushes).toHaveLength(1);
    },
  );

  test('given twice is refused', async () => {
    expect(await codeOf(await rig.resend(await rig.seed(), 'Ttl=5&Ttl=5'))).toBe(60300);
  });

  test('in a JSON body is refused', async () => {
    const at = await rig.seed();
    const headers = { 'content-type': 'application/json' };
    const answer = await rig.http(`${rig.path(at)}/Notifications`, { method: 'POST', headers, body: '{"Ttl":5}' });
    expect(await codeOf(answer)).toBe(60300);
  });
});

describe('the 3 pushes of a Challenge', () => {
  test.each([
    ['the automatic one counts', true, 2],
    ['the automatic one does not count', false, 3],
  ])('%s: %s, then %i resends pass', async (_name, initialPushCounts, allowed) => {
    await rig.switch({ initialPushCounts });
    const { notifications } = rig.challenge(await rig.seed());
    for (let resend = 0; resend < allowed; resend += 1) await notifications.create();
    expect(await failureOf(notifications.create())).toMatchObject({ status: 429, code: 60309 });
  });

  test.each([
    [true, 2],
    [false, 3],
  ])('hold for parallel requests (automatic counts: %s): exactly %i of 10 pass', async (initialPushCounts, allowed) => {
    await rig.switch({ initialPushCounts });
    const at = await rig.seed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => rig.resend(at)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(allowed);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10 - allowed);
    expect((await rig.phone()).pushes).toHaveLength(allowed + 1);
  });

  test('belong to one Challenge, not to the user', async () => {
    const [first, second] = [await rig.seed(), await rig.seed()];
    await rig.resend(first);
    await rig.resend(first);
    expect((await rig.resend(first)).status).toBe(429);
    expect((await rig.resend(second)).status).toBe(201);
  });

  test.each([
    [false, 1],
    [true, 4],
  ])('used up, with autoRetry %s the SDK asks %i times', async (autoRetry, requests) => {
    const at = await rig.seed();
    await rig.resend(at);
    await rig.resend(at);
    const before = (await rig.journal()).length;
    const error = await failureOf(rig.challenge(at, { autoRetry }).notifications.create());
    expect(error.code).toBe(60309);
    expect((await rig.journal()).length - before).toBe(requests);
  });
});

describe('the end of a Challenge', () => {
  test.each([
    ['a second before', 299, 'pending', 201],
    ['at', 300, 'expired', 403],
    ['a second after', 301, 'expired', 403],
  ])('%s its expiration date', async (_name, seconds, status, answered) => {
    const at = await rig.seed();
    const { expirationDate } = await rig.challenge(at).fetch();
    expect(expirationDate).toEqual(new Date('2026-03-02T10:05:00Z'));
    await rig.advance(seconds);
    expect((await rig.challenge(at).fetch()).status).toBe(status);
    const answer = await rig.resend(at);
    expect(answer.status).toBe(answered);
    expect(await codeOf(answer)).toBe(answered === 403 ? 60323 : undefined);
  });

  test('is updated at its expiration date and never answered', async () => {
    const at = await rig.seed();
    await rig.advance(1000);
    const { dateUpdated, dateResponded } = await rig.challenge(at).fetch();
    expect(dateUpdated).toEqual(new Date('2026-03-02T10:05:00Z'));
    expect(dateResponded).toBeNull();
  });

  test('expiryLagSeconds: reads lag behind, Notifications do not', async () => {
    await rig.switch({ expiryLagSeconds: 5 });
    const at = await rig.seed();
    await rig.advance(304);
    expect((await rig.challenge(at).fetch()).status).toBe('pending');
    expect(await codeOf(await rig.resend(at))).toBe(60323);
    await rig.advance(1);
    expect((await rig.challenge(at).fetch()).status).toBe('expired');
  });

  test.each(['approved', 'denied'] as const)('%s: reads say so, a resend is refused with 60322', async (status) => {
    const at = await rig.seed();
    await rig.advance(7);
    await rig.sim(`/challenges/${at.challengeSid}/respond`, { status });
    const challenge = await rig.challenge(at).fetch();
    expect(challenge.status).toBe(status);
    expect(challenge.dateResponded).toEqual(new Date('2026-03-02T10:00:07Z'));
    expect(await failureOf(rig.challenge(at).notifications.create())).toMatchObject({ status: 403, code: 60322 });
  });

  test('is final: an approved Challenge does not expire, and nobody answers twice', async () => {
    const at = await rig.seed();
    await rig.sim(`/challenges/${at.challengeSid}/respond`, { status: 'approved' });
    await rig.advance(1000);
    expect((await rig.challenge(at).fetch()).status).toBe('approved');
    await expect(rig.sim(`/challenges/${at.challengeSid}/respond`, { status: 'denied' })).rejects.toThrow(/409.*60322/);
  });

  test.each([
    [true, 60323],
    [false, 60309],
  ])('with no push left is told first (stateBeforeCap %s): %i', async (stateBeforeCap, code) => {
    await rig.switch({ stateBeforeCap });
    const at = await rig.seed();
    await rig.resend(at);
    await rig.resend(at);
    await rig.advance(300);
    expect(await codeOf(await rig.resend(at))).toBe(code);
  });
});

describe('what can not be resent', () => {
  test('a Challenge of someone else, or of another service, is not found', async () => {
    const at = await rig.seed();
    const other = await rig.seed({ identity: 'user-0002' });
    const elsewhere = await rig.seed({ serviceSid: `VA${'9'.repeat(32)}` });
    const mixed: Seeded[] = [
      { ...at, identity: other.identity },
      { ...at, serviceSid: elsewhere.serviceSid },
      { ...at, serviceSid: `VA${'8'.repeat(32)}` },
      { ...at, identity: 'nobody-here' },
      { ...at, challengeSid: `YC${'7'.repeat(32)}` },
    ];
    for (const wrong of mixed) {
      expect(await failureOf(rig.challenge(wrong).fetch())).toMatchObject({ status: 404, code: 20404 });
      expect(await failureOf(rig.challenge(wrong).notifications.create())).toMatchObject({ status: 404, code: 20404 });
    }
    expect((await rig.phone()).pushes.filter((push) => push.source === 'notification')).toEqual([]);
  });

  test('a phone without push: nothing was pushed, and a resend is 60307', async () => {
    const at = await rig.seed({ platform: 'none' });
    expect(await failureOf(rig.challenge(at).notifications.create())).toMatchObject({ status: 400, code: 60307 });
    expect((await rig.phone()).pushes).toEqual([]);
  });

  test('a totp Challenge', async () => {
    const at = await rig.seed({ factorType: 'totp' });
    expect((await rig.challenge(at).fetch()).factorType).toBe('totp');
    expect(await codeOf(await rig.resend(at))).toBe(60306);
  });
});

describe('the shape of answers', () => {
  test('a Challenge has its 18 keys, absent values are null', async () => {
    const at = await rig.seed();
    const body = (await (await rig.fetchChallenge(at)).json()) as Record<string, unknown>;
    expect(Object.keys(body).toSorted()).toEqual([
      'account_sid',
      'date_created',
      'date_responded',
      'date_updated',
      'details',
      'entity_sid',
      'expiration_date',
      'factor_sid',
      'factor_type',
      'hidden_details',
      'identity',
      'links',
      'metadata',
      'responded_reason',
      'service_sid',
      'sid',
      'status',
      'url',
    ]);
    expect(body).toMatchObject({
      sid: at.challengeSid,
      status: 'pending',
      factor_type: 'push',
      date_created: '2026-03-02T10:00:00Z',
      date_responded: null,
      expiration_date: '2026-03-02T10:05:00Z',
      hidden_details: null,
      metadata: null,
      links: { notifications: `${rig.url}${rig.path(at)}/Notifications` },
    });
  });

  test('a Notification has its 9 keys', async () => {
    const at = await rig.seed();
    await rig.advance(30.9);
    const body = (await (await rig.resend(at, 'Ttl=56')).json()) as Record<string, unknown>;
    expect(body).toEqual({
      sid: expect.stringMatching(/^NT[0-9a-f]{32}$/),
      account_sid: rig.running.accountSid,
      service_sid: at.serviceSid,
      entity_sid: expect.stringMatching(/^YE[0-9a-f]{32}$/),
      identity: 'user-0001',
      challenge_sid: at.challengeSid,
      priority: 'high',
      ttl: 56,
      date_created: '2026-03-02T10:00:30Z',
    });
  });

  test('a pending Challenge names the fields to sign, an answered one does not', async () => {
    const at = await rig.seed();
    expect((await rig.fetchChallenge(at)).headers.get('twilio-verify-signature-fields')).toMatch(/^sid,/);
    await rig.advance(300);
    expect((await rig.fetchChallenge(at)).headers.get('twilio-verify-signature-fields')).toBeNull();
  });
});
