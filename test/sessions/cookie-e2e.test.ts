import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CookieSite, SAME_ORIGIN, SECRET, startCookieSite } from './cookie-site.js';
import { loginScreen, told } from './login-screen.js';
import { refusalOf } from './refusal-of.js';

let site: CookieSite;
beforeAll(async () => {
  site = await startCookieSite();
});
afterAll(() => site.close());

describe('with express-session', () => {
  test('a browser taps and looks with its cookie', async () => {
    const { cookie, tap, look, challengeSid } = await site.loggedIn();
    const { body } = await tap({ cookie, ...SAME_ORIGIN }).expect(201);
    expect(body.challenge.sid).toBe(challengeSid);
    await look({ cookie, ...SAME_ORIGIN }).expect(200);
  });

  test('nobody gets in without it, and no scheme is asked for', async () => {
    const { tap, look, cookie } = await site.loggedIn();
    const [name, value = ''] = cookie.split(/=(.*)/s);
    for (const headers of [
      {},
      { cookie: 'other=1' },
      { cookie: `${name}=${value.slice(0, -3)}AAA` },
      { cookie: `other=${value}` },
      { authorization: `Bearer ${decodeURIComponent(value).slice(2)}` },
    ]) {
      for (const request of [tap({ ...headers, ...SAME_ORIGIN }), look(headers)]) {
        const answer = await request.expect(401).expect(told('session-invalid'));
        expect(answer.headers['www-authenticate']).toBeUndefined();
      }
    }
  });

  test('the log and the metrics have the reason', async () => {
    const { cookie, look } = await site.loggedIn();
    const [name, value = ''] = cookie.split(/=(.*)/s);
    const cookies = {
      'no-credential': 'other=1',
      malformed: `${name}=%zz`,
      'bad-signature': `${name}=${value.slice(0, -3)}AAA`,
      'no-identity': await site.backend.login({ user: {} }),
      'identity-not-twilios': await site.backend.login({ user: { identity: 'somebody@example.com' } }),
    };
    for (const [reason, sent] of Object.entries(cookies))
      expect(await refusalOf(site.rig, look({ cookie: sent }))).toEqual({ status: 401, reason, counted: reason });
    expect(await refusalOf(site.rig, look({ cookie }))).toEqual({ status: 200 });
    await site.backend.logout(cookie);
    const over = { status: 401, reason: 'no-record', counted: 'no-record' };
    expect(await refusalOf(site.rig, look({ cookie }))).toEqual(over);
  });

  test('who has no cookie needs no proof of where they are to be told that', async () => {
    const { tap } = await loginScreen(site.rig);
    for (const headers of [{}, { cookie: 'other=1', 'sec-fetch-site': 'cross-site' }])
      await tap(headers).expect(401).expect(told('session-invalid'));
  });

  test('a session bound to another Challenge finds nothing here', async () => {
    const bound = await site.loggedIn();
    const { tap, look, identity } = await loginScreen(site.rig);
    const cookie = await site.backend.login({ user: { identity }, challengeSid: bound.challengeSid });
    await tap({ cookie, ...SAME_ORIGIN })
      .expect(404)
      .expect(told('challenge-not-found'));
    await look({ cookie, ...SAME_ORIGIN })
      .expect(404)
      .expect(told('challenge-not-found'));
  });

  test('a logged-out user is refused', async () => {
    const { cookie, look } = await site.loggedIn();
    await look({ cookie }).expect(200);
    await site.backend.logout(cookie);
    await look({ cookie }).expect(401);
  });

  test('there are no tokens to register', async () => {
    const asked = [
      site.rig.ops.post('/internal/v1/sessions').send({ identity: 'somebody-0001', expiresInSeconds: 60 }),
      site.rig.ops.delete(`/internal/v1/sessions/${'0'.repeat(32)}`),
    ];
    for (const request of asked)
      await request.set('authorization', `Bearer ${site.rig.apiKey}`).expect(404).expect(told('not-found'));
  });

  test('taps are bounded for each cookie, whatever stands around it', async () => {
    const strict = await site.strict({ THROTTLE_SESSION_PER_MINUTE: '2' });
    try {
      const { tap, identity } = await loginScreen(strict);
      const cookie = await site.backend.login({ identity });
      await tap({ cookie, ...SAME_ORIGIN }).expect(201);
      await tap({ cookie: `a=1; ${cookie}`, ...SAME_ORIGIN }).expect(201);
      await tap({ cookie: `b=2; ${cookie}`, ...SAME_ORIGIN })
        .expect(429)
        .expect(told('too-many-requests'));
      const other = await site.backend.login({ identity });
      await tap({ cookie: other, ...SAME_ORIGIN }).expect((answer) =>
        expect(answer.body.code).not.toBe('too-many-requests'),
      );
    } finally {
      await strict.close();
    }
  });

  test('while the store is away nobody is turned into a stranger', async () => {
    const { cookie, tap, look } = await site.loggedIn();
    site.store.hold('replies');
    try {
      for (const request of [tap({ cookie, ...SAME_ORIGIN }), look({ cookie })]) {
        const { body, headers } = await request.expect(503).expect(told('session-unavailable'));
        expect(headers['retry-after']).toBe('1');
        expect(body.retryable).toBe(true);
      }
      await site.rig.ops.get('/readyz').expect(503);
    } finally {
      site.store.hold('nothing');
    }
    await expect.poll(async () => (await look({ cookie })).status).toBe(200);
  });

  test('no answer, log line or metric shows a cookie, a secret or a user', async () => {
    const { cookie, tap, look, identity } = await site.loggedIn();
    const [, value = ''] = cookie.split(/=(.*)/s);
    const id = decodeURIComponent(value).slice(2).split('.')[0] ?? '';
    const answers = [await tap({ cookie }), await look({ cookie }), await look({ cookie: `${cookie}x` })];
    const { text: metrics } = await site.rig.ops.get('/metrics').expect(200);
    const shown = [
      site.rig.logged(),
      metrics,
      ...answers.map(({ headers, text }) => JSON.stringify(headers) + text),
    ].join('\n');
    for (const secret of [value, decodeURIComponent(value), id, SECRET, identity]) expect(shown).not.toContain(secret);
    expect(shown).not.toContain('sess:');
  });
});
