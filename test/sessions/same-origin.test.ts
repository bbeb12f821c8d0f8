import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CookieSite, OTHER, OWN, SAME_ORIGIN, startCookieSite } from './cookie-site.js';
import { loginScreen } from './login-screen.js';

let site: CookieSite;
beforeAll(async () => {
  site = await startCookieSite();
});
afterAll(() => site.close());

describe('a tap with a cookie', () => {
  type Proof = Record<string, string>;
  const refused: [string, Proof][] = [
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    [
      'of another site, by a form',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'https://evil.example' },
    ],
    ['of a sibling', { 'sec-fetch-site': 'same-site' }],
    ['of a sibling with its Origin', { 'sec-fetch-site': 'same-site', origin: 'https://blog.example.com' }],
    ['of the address bar', { 'sec-fetch-site': 'none' }],
    ['of a site that nobody knows yet', { 'sec-fetch-site': 'same-galaxy' }],
    ['of nothing at all', { 'sec-fetch-site': '' }],
    ['of another site that claims to be ours', { 'sec-fetch-site': 'cross-site', origin: OWN }],
    ['without any proof', {}],
    ['of an old browser, from another site', { origin: 'https://evil.example' }],
    ['of an old browser, from an opaque origin', { origin: 'null' }],
    ['of an old browser, over http', { origin: 'http://login.example.com' }],
    ['of an old browser, from another port', { origin: `${OWN}:8443` }],
    ['of an old browser, from what only begins so', { origin: `${OWN}.evil.example` }],
    ['of an old browser, from a path', { origin: `${OWN}/` }],
    ['of an old browser, in other letters', { origin: OWN.toUpperCase() }],
    ['that only refers to us', { referer: `${OWN}/login` }],
    ['that only calls us by our name', { host: 'login.example.com', 'x-forwarded-host': 'login.example.com' }],
    ['that names a custom header', { 'x-requested-with': 'XMLHttpRequest' }],
  ];
  test.each(refused)('a tap with a cookie is refused: %s', async (_, proof) => {
    const { cookie, tap, identity } = await site.loggedIn();
    const { body } = await tap({ cookie, ...proof }).expect(403);
    expect(body).toMatchObject({ code: 'cross-site-request', nextAction: 'fix-request', retryable: false });
    expect(site.rig.logged()).not.toContain(identity);
  });

  test.each<[string, Proof]>([
    ['of our own page', SAME_ORIGIN],
    ['of our own page, with its Origin', { ...SAME_ORIGIN, origin: OWN }],
    ['of an old browser on our own page', { origin: OWN }],
    ['of a site that the settings name', { 'sec-fetch-site': 'cross-site', origin: OTHER }],
    ['of an old browser on such a site', { origin: OTHER }],
  ])('is sent: %s', async (_, proof) => {
    const { cookie, tap } = await site.loggedIn();
    await tap({ cookie, ...proof }).expect(201);
  });

  test('a refused cross-site tap spends nothing, not even the raw taps of its session', async () => {
    const strict = await site.strict({ THROTTLE_SESSION_PER_MINUTE: '1' });
    try {
      const { tap, identity } = await loginScreen(strict);
      const cookie = await site.backend.login({ identity });
      for (const _ of [1, 2, 3]) await tap({ cookie, 'sec-fetch-site': 'cross-site' }).expect(403);
      await tap({ cookie, ...SAME_ORIGIN }).expect(201);
    } finally {
      await strict.close();
    }
  });
});

describe('a look with a cookie', () => {
  test.each<[number, string, Record<string, string>]>([
    [200, 'of our own page', SAME_ORIGIN],
    [200, 'of the address bar', { 'sec-fetch-site': 'none' }],
    [200, 'without any proof: it changes nothing', {}],
    [200, 'of a site that the settings name', { 'sec-fetch-site': 'cross-site', origin: OTHER }],
    [403, 'of another site', { 'sec-fetch-site': 'cross-site' }],
    [403, 'of a sibling', { 'sec-fetch-site': 'same-site' }],
    [403, 'of an old browser, from another site', { origin: 'https://evil.example' }],
  ])('is answered %i: %s', async (status, _, proof) => {
    const { cookie, look } = await site.loggedIn();
    await look({ cookie, ...proof }).expect(status);
  });
});
