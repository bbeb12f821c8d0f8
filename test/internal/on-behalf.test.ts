/** A resend on somebody's behalf: the same limits, the same answer, and keys of one's own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsumerRig, startConsumerRig } from './consumer.js';

let at: ConsumerRig;
beforeAll(async () => {
  at = await startConsumerRig({ THROTTLE_ADDRESS_PER_MINUTE: '100000' });
});
afterAll(() => at.rig.close());

describe('an internal resend', () => {
  test('sends one push, and is answered as the phone is', async () => {
    const screen = await at.rig.login();
    const { body, headers } = await at.desk.resend(screen.identity, screen.challengeSid).expect(201);
    expect(body).toEqual({
      notification: {
        sid: expect.stringMatching(/^NT[0-9a-f]{32}$/),
        ttlSeconds: 56,
        sentAt: expect.stringMatching(/^2026-03-02T10:\d\d:\d\dZ$/),
      },
      challenge: { sid: screen.challengeSid, status: 'pending', expiresInSeconds: 238 },
      resend: { status: 'cooling-down', availableInSeconds: 60, remaining: 1, limit: 2 },
      nextAction: 'open-app',
      pollAfterSeconds: 2,
    });
    expect(headers).toMatchObject({
      'ratelimit-policy': '"challenge";q=2, "user-15m";q=5;w=900, "user-24h";q=10;w=86400',
      ratelimit: '"challenge";r=1, "user-15m";r=4;t=900, "user-24h";r=9;t=86400',
      'cache-control': 'no-store',
    });
    expect(await screen.created()).toBe(1);
  });

  test('can only shorten how long its push lives', async () => {
    const screen = await at.rig.login();
    const { body } = await at.desk.resend(screen.identity, screen.challengeSid, { ttl: 20 }).expect(201);
    expect(body.notification.ttlSeconds).toBe(20);
    const other = await at.rig.login();
    const long = await at.desk.resend(other.identity, other.challengeSid, { ttl: 300 }).expect(201);
    expect(long.body.notification.ttlSeconds).toBe(56);
  });

  test.each([
    [{ ttl: 301 }, '/ttl'],
    [{ ttl: '20' }, '/ttl'],
    [{ dryRun: 'true' }, '/dryRun'],
    [{ reason: 'x' }, '/reason'],
    [{ reason: 'two\nlines' }, '/reason'],
    [{ overrides: ['cooldown'] }, '/overrides'],
  ])('refuses %j', async (body, pointer) => {
    const screen = await at.rig.login();
    const refused = await at.desk.resend(screen.identity, screen.challengeSid, body).expect(400);
    const errors = expect.arrayContaining([{ pointer, message: expect.any(String) }]);
    expect(refused.body).toMatchObject({ code: 'invalid-request', errors });
    expect(await screen.created()).toBe(0);
  });

  test('refuses an identity and a Challenge that are none', async () => {
    const screen = await at.rig.login();
    const noUser = await at.desk.resend('a--b--c--d', screen.challengeSid).expect(400);
    expect(noUser.body.errors).toEqual([{ pointer: '/path/identity', message: expect.any(String) }]);
    const noSid = await at.desk.resend(screen.identity, 'YC123').expect(400);
    expect(noSid.body.errors).toEqual([{ pointer: '/path/challengeSid', message: expect.any(String) }]);
  });

  test('an internal resend finds no Challenge of another user', async () => {
    const [screen, other] = [await at.rig.login(), await at.rig.login()];
    const { body } = await at.desk.resend(other.identity, screen.challengeSid).expect(404);
    expect(body.code).toBe('challenge-not-found');
    expect(await screen.created()).toBe(0);
  });
});

describe('the phone and an internal caller share every limit', () => {
  test('cooldown and cap', async () => {
    const screen = await at.rig.login({ expiresInSeconds: 900 });
    await screen.tap().expect(201);
    at.rig.wait(10);
    const early = await at.desk.resend(screen.identity, screen.challengeSid).expect(429);
    expect(early.body).toMatchObject({ code: 'cooling-down', retryAfterSeconds: 50 });
    at.rig.wait(50);
    await at.desk.resend(screen.identity, screen.challengeSid).expect(201);
    at.rig.wait(60);
    for (const tap of [screen.tap(), at.desk.resend(screen.identity, screen.challengeSid)]) {
      const { body } = await tap.expect(429);
      expect(body.code).toBe('challenge-limit');
    }
    expect(await screen.created()).toBe(2);
  });

  test('the user’s windows', async () => {
    const { identity } = await at.rig.login();
    for (let count = 0; count < 5; count++) {
      const screen = await at.rig.login({ identity });
      if (count % 2) await screen.tap().expect(201);
      else await at.desk.resend(identity, screen.challengeSid).expect(201);
      at.rig.wait(40);
    }
    const screen = await at.rig.login({ identity });
    const told = [await screen.tap(), await at.desk.resend(identity, screen.challengeSid)];
    expect(told.map(({ status, body }) => [status, body.code, body.retryAfterSeconds])).toEqual([
      [429, 'user-limit', 700],
      [429, 'user-limit', 700],
    ]);
  });

  test('the one push under way: pressed at once from both sides, one is sent', async () => {
    const screen = await at.rig.login();
    const taps = Array.from({ length: 40 }, (_, index) =>
      index % 2 ? screen.tap() : at.desk.resend(screen.identity, screen.challengeSid),
    );
    const answers = await Promise.all(taps);
    expect(await screen.created()).toBe(1);
    const told = new Set(answers.map(({ status, body }) => body.code ?? status));
    expect([...told].filter((code) => ![201, 'resend-in-progress', 'overloaded'].includes(code))).toEqual([]);
  });

  test('the double tap: a second one in the same moment is the same', async () => {
    const screen = await at.rig.login();
    const { body } = await screen.tap().expect(201);
    const again = await at.desk.resend(screen.identity, screen.challengeSid).expect(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body.notification).toEqual(body.notification);
  });
});

describe('an Idempotency-Key', () => {
  test('gets the same caller the same answer', async () => {
    const screen = await at.rig.login();
    const press = () => at.desk.resend(screen.identity, screen.challengeSid, undefined, 'press-0001');
    const { body } = await press().expect(201);
    at.rig.wait(30);
    const again = await press().expect(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body.notification).toEqual(body.notification);
    const reused = await at.desk.resend(screen.identity, screen.challengeSid, { ttl: 20 }, 'press-0001').expect(422);
    expect(reused.body.code).toBe('idempotency-key-reused');
    await at.desk.resend(screen.identity, screen.challengeSid, undefined, 'short').expect(400);
  });

  test('of one caller is nobody else’s: not the phone’s, not another consumer’s', async () => {
    const screen = await at.rig.login();
    await at.desk.resend(screen.identity, screen.challengeSid, undefined, 'press-0001').expect(201);
    at.rig.wait(30);
    const others = [
      await screen.tap({ key: 'press-0001' }),
      await at.fraud.resend(screen.identity, screen.challengeSid, undefined, 'press-0001'),
    ];
    expect(others.map(({ body }) => body.code)).toEqual(['cooling-down', 'cooling-down']);
  });

  test('of the phone is no internal caller’s, whatever it is called', async () => {
    const screen = await at.rig.login();
    await screen.tap({ key: 'key-desk-press-0001' }).expect(201);
    at.rig.wait(30);
    const { body } = await at.desk.resend(screen.identity, screen.challengeSid, undefined, 'key-desk-press-0001');
    expect(body.code).toBe('cooling-down');
  });
});

describe('a block', () => {
  test('a block is shown to internal callers, and looks like any limit to the user', async () => {
    const screen = await at.rig.login();
    await at.desk.block(screen.identity, { reason: 'push bombing', expiresInSeconds: 3600 }).expect(200);
    const inside = await at.desk.resend(screen.identity, screen.challengeSid).expect(403);
    expect(inside.body).toMatchObject({ code: 'blocked', retryAfterSeconds: 3600, nextAction: 'stop' });
    const look = await screen.look().expect(200);
    const tap = await screen.tap().expect(429);
    expect(tap.body.code).toBe('user-limit');
    expect(look.body.resend).toEqual(tap.body.resend);
    for (const { text, headers } of [tap, look]) {
      expect(`${text} ${JSON.stringify(headers)}`).not.toMatch(/block|bombing|fraud|support/i);
      expect(headers['ratelimit']).toBe('"challenge";r=2, "user-15m";r=5, "user-24h";r=0;t=3601');
    }
    await at.desk.unblock(screen.identity).expect(204);
    await screen.tap().expect(201);
  });

  test('and a reset touch each other nowhere', async () => {
    const screen = await at.rig.login();
    await at.desk.block(screen.identity).expect(200);
    await at.desk.reset(screen.identity).expect(201);
    await at.desk.resend(screen.identity, screen.challengeSid).expect(403);
  });

  test('ends by itself', async () => {
    const screen = await at.rig.login();
    await at.desk.block(screen.identity, { reason: 'for a minute', expiresInSeconds: 60 }).expect(200);
    at.rig.wait(59);
    await screen.tap().expect(429);
    at.rig.wait(1);
    await screen.tap().expect(201);
  });
});

describe('a reason', () => {
  test.each([
    ['with a joiner and a non-joiner', 'کاربر می\u200Cخواهد، श्रीमान्\u200Dजी'],
    ['with combining marks', 'Người dùng gọi điê\u0323n, נִבְדַּק'],
    ['with marks of direction', 'INC-991\u200F נבדק\u200E (ok) \u061C١٢'],
    ['with spaces of no width between words', 'ភាសា\u200Bខ្មែរ'],
    ['with a vowel separator', 'ᠬᠠᠷ\u180Eᠠ'],
    ['with a sign of the year', '\u0601١٤٤٧ كان'],
    ['with emoji of several characters', '👩🏽‍👩‍👧 1️⃣ ❤️ 🇳🇱 🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
    ['of the longest', '\u200D🙂'.repeat(140)],
  ])('%s is kept as it was written', async (_, reason) => {
    const { identity } = await at.rig.login();
    await at.desk.block(identity, { reason, expiresInSeconds: 60 }).expect(200);
    const { body } = await at.desk.state(identity).expect(200);
    expect(body.block.reason).toBe(reason);
  });

  test.each([
    ['an override of the direction', 'case \u202Egnp.exe'],
    ['an embedding', 'case \u202B991'],
    ['an isolate', 'case \u2067991'],
    ['a soft hyphen', 'bomb\u00ADing'],
    ['a byte order mark', '\uFEFFbombing'],
    ['a tag that is in no flag', 'fine\u{E0067}\u{E007F}'],
    ['a line separator', 'two\u2028lines'],
    ['a control character', 'red\u001B[31m'],
    ['half a character', 'cut\uD83D'],
    ['nothing that can be seen', '\u200D \u3164\u200F'],
    ['too much', '\u200D🙂'.repeat(140) + '!'],
  ])('with %s is refused', async (_, reason) => {
    const { identity } = await at.rig.login();
    const { body } = await at.desk.block(identity, { reason, expiresInSeconds: 60 }).expect(400);
    expect(body.errors).toEqual([
      { pointer: '/reason', message: expect.stringContaining('without control characters') },
    ]);
  });

  test('names no user, and no credential, between joiners either', async () => {
    const { identity } = await at.rig.login();
    for (const secret of [identity, 'prk_desk_0000']) {
      const reason = `asked by ${secret.split('').join('\u200D')}`;
      const { body } = await at.desk.block(identity, { reason, expiresInSeconds: 60 }).expect(400);
      expect(body.errors).toEqual([{ pointer: '/reason', message: expect.stringMatching(/^must not/) }]);
    }
  });
});
