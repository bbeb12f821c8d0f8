import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';

/** What the simulator tells of a phone. */
interface Inbox {
  readonly pushes: readonly { readonly deliveredAt: string | null; readonly source: 'automatic' | 'notification' }[];
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

describe('a resend', () => {
  test('is sent, and says where everybody stands', async () => {
    const screen = await rig.login({ expiresInSeconds: 300 });
    const { body, headers } = await screen.tap().expect(201);
    expect(body).toEqual({
      notification: {
        sid: expect.stringMatching(/^NT[0-9a-f]{32}$/),
        ttlSeconds: 56,
        sentAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      challenge: { sid: screen.challengeSid, status: 'pending', expiresInSeconds: expect.any(Number) },
      resend: { status: 'cooling-down', availableInSeconds: 60, remaining: 1, limit: 2 },
      nextAction: 'open-app',
      pollAfterSeconds: 2,
    });
    expect(body.challenge.expiresInSeconds).toBeGreaterThanOrEqual(297);
    expect(body.challenge.expiresInSeconds).toBeLessThanOrEqual(300);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['request-id']).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    expect(headers['ratelimit-policy']).toBe('"challenge";q=2, "user-15m";q=5;w=900, "user-24h";q=10;w=86400');
    expect(headers['ratelimit']).toBe('"challenge";r=1, "user-15m";r=4;t=900, "user-24h";r=9;t=86400');
    expect(await screen.created()).toBe(1);
  });

  test('a resend reveals no account, service, entity or identity', async () => {
    const screen = await rig.login();
    const { text } = await screen.tap().expect(201);
    expect(text).not.toContain(screen.identity);
    expect(text).not.toMatch(/AC[0-9a-f]{32}|VA[0-9a-f]{32}|YE[0-9a-f]{32}|SK[0-9a-f]{32}/);
  });

  test('the first resend waits for the cooldown after the automatic push', async () => {
    const screen = await rig.login({ ageSeconds: 10 });
    const { body, headers } = await screen.tap().expect(429);
    expect(body).toMatchObject({ code: 'cooling-down', retryAfterSeconds: 20, nextAction: 'wait', retryable: false });
    expect(body.resend).toEqual({ status: 'cooling-down', availableInSeconds: 20, remaining: 2, limit: 2 });
    expect(headers['retry-after']).toBe('20');
    rig.wait(20);
    await screen.tap().expect(201);
  });

  test('costs no call to Twilio when the ledger already knows that it must wait', async () => {
    const screen = await rig.login({ ageSeconds: 10 });
    await screen.tap().expect(429);
    const calls = (await rig.simulate<unknown[]>('GET', '/journal')).length;
    await screen.tap().expect(429);
    expect((await rig.simulate<unknown[]>('GET', '/journal')).length).toBe(calls);
  });

  test('tells the exact wait, and after it the next one goes', async () => {
    const screen = await rig.login({ expiresInSeconds: 300 });
    await screen.tap().expect(201);
    rig.wait(13);
    const { body } = await screen.tap().expect(429);
    expect(body).toMatchObject({ code: 'cooling-down', retryAfterSeconds: 47 });
    rig.wait(46);
    await screen.tap().expect(429);
    rig.wait(1);
    await screen.tap().expect(201);
    expect(await screen.created()).toBe(2);
  });

  test('ends with the Challenge’s share of pushes, before Twilio has to say so', async () => {
    const screen = await rig.login({ expiresInSeconds: 500 });
    await screen.tap().expect(201);
    rig.wait(60);
    const last = await screen.tap().expect(201);
    expect(last.body.resend).toEqual({ status: 'exhausted', availableInSeconds: null, remaining: 0, limit: 2 });
    rig.wait(100);
    const { body, headers } = await screen.tap().expect(429);
    expect(body).toMatchObject({ code: 'challenge-limit', nextAction: 'use-other-factor', retryable: false });
    expect(body).not.toHaveProperty('retryAfterSeconds');
    expect(headers).not.toHaveProperty('retry-after');
    expect(await screen.created()).toBe(2);
  });

  test('takes 60309 for a used-up Challenge, and asks no more', async () => {
    const screen = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'createNotification', kind: 'challenge-limit', times: 1 });
    await screen
      .tap()
      .expect(429)
      .expect(({ body }) => expect(body.code).toBe('challenge-limit'));
    const again = await screen.tap().expect(429);
    expect(again.body).toMatchObject({ code: 'challenge-limit', resend: { status: 'exhausted', remaining: 0 } });
    expect(await screen.created()).toBe(0);
  });

  test('two simultaneous taps send one push and get the same response', async () => {
    const screen = await rig.login();
    const first = await screen.tap().expect(201);
    const second = await screen.tap().expect(201);
    expect(second.body.notification).toEqual(first.body.notification);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(await screen.created()).toBe(1);
  });

  test('with the same key is answered the same for a day, and sends nothing more', async () => {
    const screen = await rig.login();
    const first = await screen.tap({ key: 'press-0001' }).expect(201);
    rig.wait(45);
    const again = await screen.tap({ key: '"press-0001"' }).expect(201);
    expect(again.body.notification).toEqual(first.body.notification);
    expect(again.body.resend.availableInSeconds).toBe(15);
    expect(again.headers['idempotent-replayed']).toBe('true');
    await screen.tap({ key: 'press-0001', body: { ttl: 5 } }).expect(422);
    expect(await screen.created()).toBe(1);
  });

  test.each([201, 504])('that is asked for again (%i) when its Challenge is over says how it ended', async (status) => {
    const screen = await rig.login();
    if (status === 504) {
      await rig.simulate('POST', '/faults', {
        operation: 'createNotification',
        kind: 'error-json',
        status: 500,
        times: 1,
      });
    }
    const first = await screen.tap({ key: 'press-0004' }).expect(status);
    expect(first.body.nextAction).toBe('open-app');
    await screen.respond('approved');
    rig.wait(2);
    await screen.look().expect(200);
    const again = await screen.tap({ key: 'press-0004' }).expect(status);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toMatchObject({ challenge: { status: 'approved' }, nextAction: 'proceed' });
    expect(again.body.notification).toEqual(first.body.notification);
  });

  test('of two that meet, one sends and the other is told', async () => {
    const screen = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 1500, times: 1 });
    const answers = await Promise.all([screen.tap(), screen.tap(), screen.tap(), screen.tap()]);
    const codes = answers
      .map(({ status, body }) => body.code ?? status)
      .toSorted((a, b) => String(a).localeCompare(String(b)));
    expect(codes).toEqual([201, 'resend-in-progress', 'resend-in-progress', 'resend-in-progress']);
    expect(await screen.created()).toBe(1);
  });
});

describe('a Challenge that is over', () => {
  test('approved meanwhile: go on', async () => {
    const screen = await rig.login();
    await screen.respond('approved');
    const { body } = await screen.tap().expect(409);
    expect(body).toMatchObject({
      code: 'challenge-approved',
      nextAction: 'proceed',
      challenge: { status: 'approved' },
    });
    expect(body.resend).toEqual({ status: 'closed', availableInSeconds: null, remaining: 0, limit: 2 });
    expect(await screen.created()).toBe(0);
  });

  test('a denial stops resends for this user for ten minutes', async () => {
    const screen = await rig.login();
    await screen.respond('denied');
    const { body } = await screen.tap().expect(409);
    expect(body).toMatchObject({ code: 'challenge-denied', nextAction: 'stop', challenge: { status: 'denied' } });
    const next = await rig.login({ identity: screen.identity, expiresInSeconds: 900 });
    const held = await next.tap().expect(429);
    expect(held.body).toMatchObject({ code: 'held-after-denial', resend: { status: 'limited' } });
    expect(held.body.retryAfterSeconds).toBe(600);
    expect(await next.created()).toBe(0);
  });

  test('expired meanwhile: start over', async () => {
    const screen = await rig.login({ expiresInSeconds: 100 });
    rig.wait(100);
    const { body } = await screen.tap().expect(410);
    expect(body).toMatchObject({
      code: 'challenge-expired',
      nextAction: 'start-over',
      challenge: { status: 'expired' },
    });
    expect(await screen.created()).toBe(0);
  });

  test('approved between the fetch and the create: 60322 is looked into, and the tap is given back', async () => {
    const screen = await rig.login();
    await rig.simulate('POST', '/faults', {
      operation: 'createNotification',
      kind: 'error-json',
      code: 60322,
      status: 403,
      times: 1,
    });
    await screen.tap().expect(502);
    await screen.respond('approved');
    await screen
      .tap()
      .expect(409)
      .expect(({ body }) => expect(body.code).toBe('challenge-approved'));
  });

  test('older than ten minutes: no more pushes, whatever Twilio says', async () => {
    const screen = await rig.login({ ageSeconds: 601, expiresInSeconds: 900 });
    const { body } = await screen.tap().expect(429);
    expect(body).toMatchObject({ code: 'challenge-limit', challenge: { status: 'pending' } });
    expect(await screen.created()).toBe(0);
  });

  test('not a push: another factor', async () => {
    const screen = await rig.login({ factorType: 'totp' });
    const { body } = await screen.tap().expect(422);
    expect(body).toMatchObject({
      code: 'challenge-not-push',
      nextAction: 'use-other-factor',
      resend: { status: 'closed' },
    });
  });

  test('a phone that takes no push: another factor', async () => {
    const screen = await rig.login({ platform: 'none' });
    const { body } = await screen.tap().expect(422);
    expect(body).toMatchObject({ code: 'challenge-not-push', nextAction: 'use-other-factor' });
  });
});

describe('somebody else’s Challenge', () => {
  test('another user’s Challenge looks like one that never existed, also to a bound session', async () => {
    const owner = await rig.login();
    const stranger = await rig.login({ isUnbound: true });
    const bound = await rig.login();
    const foreign = await stranger.tap({ challengeSid: owner.challengeSid }).expect(404);
    const never = await stranger.tap({ challengeSid: `YC${'0'.repeat(32)}` }).expect(404);
    const elsewhere = await bound.tap({ challengeSid: owner.challengeSid }).expect(404);
    const told = ({ body: { requestId: _id, ...rest } }: typeof foreign) => rest;
    const heads = ({ headers: { 'request-id': _id, date: _date, ...rest } }: typeof foreign) => rest;
    expect(told(never)).toEqual(told(foreign));
    expect(told(elsewhere)).toEqual(told(foreign));
    expect(heads(never)).toEqual(heads(foreign));
    expect(heads(elsewhere)).toEqual(heads(foreign));
    expect(told(foreign)).toMatchObject({
      code: 'challenge-not-found',
      nextAction: 'start-over',
      resend: { status: 'closed' },
    });
    await owner.tap().expect(201);
    expect(await owner.created()).toBe(1);
  });

  test('can not be guessed for long: misses are bounded, and the guesser’s own Challenge still works', async () => {
    const guesser = await rig.login({ isUnbound: true });
    await guesser.look().expect(200);
    const guess = (number: number) => guesser.tap({ challengeSid: `YC${String(number).padStart(32, '0')}` });
    for (let number = 0; number < 8; number++) await guess(number).expect(404);
    const { body } = await guess(9).expect(429);
    expect(body.code).toBe('too-many-requests');
    await guesser.tap().expect(201);
  });
});

describe('a phone that is offline', () => {
  test.each(['apn', 'fcm'] as const)('comes back to one resend, not two (%s)', async (platform) => {
    const screen = await rig.login({ platform, ageSeconds: 300, expiresInSeconds: 300 });
    await rig.simulate('POST', `/devices/${screen.identity}`, { online: false });
    await screen.tap().expect(201);
    rig.wait(60);
    await screen.tap().expect(201);
    rig.wait(30);
    await rig.simulate('POST', `/devices/${screen.identity}`, { online: true });
    const { pushes } = await rig.simulate<Inbox>('GET', `/devices/${screen.identity}`);
    const arrived = pushes.filter(({ deliveredAt, source }) => deliveredAt !== null && source === 'notification');
    expect(arrived).toHaveLength(1);
  });
});

describe('the ttl', () => {
  test('never outlives the Challenge', async () => {
    const screen = await rig.login({ expiresInSeconds: 40 });
    const { body } = await screen.tap().expect(201);
    expect(body.notification.ttlSeconds).toBeLessThanOrEqual(40);
    expect(body.notification.ttlSeconds).toBeGreaterThanOrEqual(37);
  });

  test('of the last resend is bounded by the Challenge alone', async () => {
    const screen = await rig.login({ ageSeconds: 60, expiresInSeconds: 300 });
    await screen.tap().expect(201);
    rig.wait(60);
    const { body } = await screen.tap().expect(201);
    expect(body.notification.ttlSeconds).toBeGreaterThanOrEqual(236);
    expect(body.notification.ttlSeconds).toBeLessThanOrEqual(240);
  });

  test('is shortened on request, down to one attempt, and never stretched', async () => {
    const short = await rig.login();
    await short
      .tap({ body: { ttl: 0 } })
      .expect(201)
      .expect(({ body }) => expect(body.notification.ttlSeconds).toBe(0));
    const long = await rig.login();
    await long
      .tap({ body: { ttl: 300 } })
      .expect(201)
      .expect(({ body }) => expect(body.notification.ttlSeconds).toBe(56));
  });
});

describe('Twilio in trouble', () => {
  test('before anything was sent costs nothing', async () => {
    const screen = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'error-json', status: 503, times: 1 });
    const { body, headers } = await screen.tap({ key: 'press-0002' }).expect(503);
    expect(body).toMatchObject({ code: 'provider-unavailable', retryable: true, resend: { remaining: 2 } });
    expect(headers['retry-after']).toMatch(/^\d+$/);
    await screen.tap({ key: 'press-0002' }).expect(201);
  });

  test('after the create left: it may have been sent, is spent, and the same key says the same', async () => {
    const screen = await rig.login();
    await rig.simulate('POST', '/faults', {
      operation: 'createNotification',
      kind: 'error-json',
      status: 500,
      times: 1,
    });
    const { body } = await screen.tap({ key: 'press-0003' }).expect(504);
    expect(body).toMatchObject({ code: 'delivery-unknown', nextAction: 'open-app', retryable: false });
    expect(body.resend).toMatchObject({ status: 'cooling-down', availableInSeconds: 60, remaining: 1 });
    const again = await screen.tap({ key: 'press-0003' }).expect(504);
    expect(again.headers['idempotent-replayed']).toBe('true');
  });
});

describe('a look', () => {
  test('a look shows the same as the button would, and sends and spends nothing', async () => {
    const screen = await rig.login({ ageSeconds: 10, expiresInSeconds: 300 });
    const { body, headers } = await screen.look().expect(200);
    expect(body).toMatchObject({
      challenge: { sid: screen.challengeSid, status: 'pending' },
      resend: { status: 'cooling-down', availableInSeconds: 20, remaining: 2, limit: 2 },
      nextAction: 'wait',
      pollAfterSeconds: 2,
    });
    expect(headers['ratelimit']).toBe('"challenge";r=2, "user-15m";r=5, "user-24h";r=10');
    rig.wait(20);
    const ready = await screen.look().expect(200);
    expect(ready.body).toMatchObject({ resend: { status: 'ready', availableInSeconds: 0 }, nextAction: 'tap' });
    expect(await screen.created()).toBe(0);
  });

  test('by everybody at once asks Twilio once in two seconds', async () => {
    const screen = await rig.login();
    const asked = async () =>
      (await rig.simulate<unknown[]>('GET', `/journal?challengeSid=${screen.challengeSid}`)).length;
    await Promise.all(Array.from({ length: 10 }, () => screen.look().expect(200)));
    expect(await asked()).toBe(1);
    rig.wait(2);
    await screen.look().expect(200);
    expect(await asked()).toBe(2);
  });

  test('at a Challenge that is over is a 200, and is never asked again', async () => {
    const screen = await rig.login();
    await screen.respond('approved');
    const { body } = await screen.look().expect(200);
    expect(body).toMatchObject({
      challenge: { status: 'approved' },
      resend: { status: 'closed' },
      nextAction: 'proceed',
      pollAfterSeconds: null,
    });
    rig.wait(30);
    await screen.look().expect(200);
    expect(await rig.simulate('GET', `/journal?challengeSid=${screen.challengeSid}`)).toHaveLength(1);
  });

  test('with Twilio down tells what was known, counting on; 503 only when nothing ever was', async () => {
    const known = await rig.login({ expiresInSeconds: 300 });
    await known.look().expect(200);
    const never = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'error-json', status: 503 });
    rig.wait(10);
    const { body } = await known.look().expect(200);
    expect(body.challenge.expiresInSeconds).toBeLessThanOrEqual(290);
    await never
      .look()
      .expect(503)
      .expect((answer) => expect(answer.body.code).toBe('provider-unavailable'));
    await rig.simulate('DELETE', '/faults');
  });
});
