/** One session has one counter, in whatever way its credential is spelled; and nobody else reaches that counter. */
import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { sign } from 'cookie-signature';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOneSpelling } from '@sessions/access-token.js';
import { startRig, type Rig } from '../support/rig.js';
import { type CookieSite, SAME_ORIGIN, SECRET, startCookieSite } from './cookie-site.js';
import { AUDIENCE, CLIENT, IdentityProvider } from './identity-provider.js';
import { withOtherEnds, withTheOtherS } from './jwt-spellings.js';
import { type LoginScreen, loginScreen, told } from './login-screen.js';

type Headers = Record<string, string>;
type Spellings = Record<string, Headers>;

/** One tap a minute for each session, and ten looks. */
const ONE_TAP = { THROTTLE_SESSION_PER_MINUTE: '1', THROTTLE_ADDRESS_PER_MINUTE: '10000' };

/** @param accepted spellings that open the session; others may be refused, or count as well */
async function countsAsOne(screen: LoginScreen, plain: Headers, accepted: Spellings): Promise<void> {
  await screen.tap(plain).expect(201);
  for (const [name, headers] of Object.entries(accepted)) {
    expect([name, (await screen.look(headers)).status]).toEqual([name, 200]);
    expect([name, (await screen.tap(headers)).body.code]).toEqual([name, 'too-many-requests']);
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a JWT', () => {
  let rsaKey: JWK;
  let idp: IdentityProvider;
  let rig: Rig;
  beforeAll(async () => {
    idp = await IdentityProvider.start();
    rsaKey = idp.key;
    idp.rotate('published', 'ES256');
    rig = await startRig({
      SESSION_STRATEGY: 'jwt',
      SESSION_JWT_JWKS_URL: idp.jwksUrl,
      SESSION_JWT_ISSUER: idp.issuer,
      SESSION_JWT_AUDIENCE: AUDIENCE,
      SESSION_JWT_ALGORITHMS: 'ES256,RS256',
      ...ONE_TAP,
    });
  });
  afterAll(async () => {
    await rig.close();
    await idp.goDown();
  });

  test('signed with ES256 counts as one, with padding, other ends, or the other s', async () => {
    const screen = await loginScreen(rig);
    const token = await idp.jwt(screen.identity);
    const [otherEnd = ''] = withOtherEnds(token);
    const otherS = withTheOtherS(token);
    expect(withOtherEnds(token)).toHaveLength(15);
    await countsAsOne(screen, bearer(token), {
      padded: bearer(`${token}==`),
      'with another end': bearer(otherEnd),
      'with the other s': bearer(otherS),
      'with the other s and another end': bearer(withOtherEnds(otherS)[3] ?? ''),
      'with the scheme in capitals and more blanks': { authorization: `BEARER   ${token}` },
    });
  });

  test('signed with RS256 counts as one, with padding or other ends', async () => {
    const screen = await loginScreen(rig);
    const token = await idp.signed(idp.claims(screen.identity), {}, rsaKey);
    const [otherEnd = ''] = withOtherEnds(token);
    await countsAsOne(screen, bearer(token), { padded: bearer(`${token}==`), 'with another end': bearer(otherEnd) });
  });

  test('can not be shut out by somebody who knows what it says', async () => {
    const screen = await loginScreen(rig);
    const token = await idp.jwt(screen.identity);
    const saying = token.slice(0, token.lastIndexOf('.') + 1);
    for (let guess = 0; guess < 3; guess++)
      await screen.tap(bearer(saying + randomBytes(64).toString('base64url'))).expect(401);
    await screen.tap(bearer(token)).expect(201);
  });
});

describe('a token that the issuer is asked about', () => {
  let idp: IdentityProvider;
  let rig: Rig;
  beforeAll(async () => {
    idp = await IdentityProvider.start();
    rig = await startRig({
      SESSION_STRATEGY: 'introspection',
      SESSION_INTROSPECTION_URL: idp.introspectionUrl,
      SESSION_INTROSPECTION_CLIENT_ID: CLIENT.id,
      SESSION_INTROSPECTION_CLIENT_SECRET: CLIENT.secret,
      ...ONE_TAP,
    });
  });
  afterAll(async () => {
    await rig.close();
    await idp.goDown();
  });

  test.each([
    ['opaque', randomBytes(32).toString('base64url').replace(/^.{9}/, 'a-token_-')],
    [
      'a JWT',
      `${['{"alg":"ES256"}', '{"sub":"x"}'].map((part) => Buffer.from(part).toString('base64url')).join('.')}.${'-_'.repeat(43)}`,
    ],
  ])('counts as one where the issuer takes every spelling: %s', async (_, token) => {
    const screen = await loginScreen(rig);
    idp.misbehave({ active: true, sub: screen.identity });
    await countsAsOne(screen, bearer(token), {
      padded: bearer(`${token}=`),
      'with another end': bearer(withOtherEnds(token)[0] ?? ''),
      'with the letters of base64': bearer(token.replaceAll('-', '+').replaceAll('_', '/')),
      'with what decoders skip': bearer(`${token}~~`),
    });
  });

  test('of one user is not counted as that of another who has a similar one', () => {
    const tokens = Array.from(
      { length: 1000 },
      () => `v4.public.${'eyJzdWIi'.repeat(4)}${randomBytes(8).toString('base64url')}`,
    );
    expect(new Set(tokens.map(inOneSpelling)).size).toBe(new Set(tokens).size);
  });
});

describe('a cookie', () => {
  let site: CookieSite;
  let strict: Rig;
  const OLDER = 'an-older-secret-of-the-login-backend';
  beforeAll(async () => {
    site = await startCookieSite();
    strict = await site.strict({ SESSION_COOKIE_SECRETS: `${SECRET},${OLDER}`, ...ONE_TAP });
  });
  afterAll(async () => {
    await strict.close();
    await site.close();
  });

  test('counts as one, escaped, in quotes, or signed with an older secret', async () => {
    const screen = await loginScreen(strict);
    const cookie = await site.backend.login({ identity: screen.identity });
    const [name = '', value = ''] = cookie.split(/=(.*)/s);
    const plain = decodeURIComponent(value);
    const escaped = Buffer.from(plain).toString('hex').replaceAll(/../g, '%$&');
    const id = plain.slice(2, plain.lastIndexOf('.'));
    const sent = (spelling: string) => ({ cookie: `${name}=${spelling}`, ...SAME_ORIGIN });
    await countsAsOne(screen, sent(value), {
      'not escaped': sent(plain),
      'escaped letter by letter': sent(escaped),
      'in capitals': sent(escaped.toUpperCase()),
      'in quotes': sent(`"${value}"`),
      'signed with the older secret': sent(encodeURIComponent(`s:${sign(id, OLDER)}`)),
      'before another of its name': { cookie: `${name}=${value}; ${name}=x`, ...SAME_ORIGIN },
    });
  });
});

describe('a token of our own', () => {
  test('has one spelling', async () => {
    const rig = await startRig(ONE_TAP);
    try {
      const screen = await rig.login();
      await screen.tap().expect(201);
      await screen.tap().expect(429).expect(told('too-many-requests'));
      const { token } = screen;
      const [id, secret] = [token.slice(0, -43), token.slice(-43)];
      const [otherEnd = ''] = withOtherEnds(`.${secret}`);
      for (const other of [`${token}=`, `${token}~`, id + otherEnd.slice(1), id.toUpperCase() + secret])
        await screen.look().set('authorization', `Bearer ${other}`).expect(401);
    } finally {
      await rig.close();
    }
  });
});
