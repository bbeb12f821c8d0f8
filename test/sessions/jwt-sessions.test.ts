import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { type JWK, type JWTPayload, exportJWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { JwtSessions } from '@sessions/jwt-sessions.js';
import { ASYMMETRIC_ALGORITHMS, type JwtVerifier } from '@sessions/jwt-verifier.js';
import { AUDIENCE, IdentityProvider } from './identity-provider.js';
import { sessionContract } from './session-contract.js';
import { pass, verifierOf } from './verifier.js';

afterEach(() => vi.useRealTimers());

sessionContract('access tokens in JWT form', 'elsewhere', async () => {
  const idp = await IdentityProvider.start();
  const stranger = await IdentityProvider.start();
  return {
    directory: () => new JwtSessions(verifierOf(idp)),
    login: async (identity, challengeSid) => {
      const credential =
        typeof identity === 'string'
          ? await idp.jwt(identity, { challengeSid })
          : await idp.signed({ ...idp.claims(''), sub: identity } as unknown as JWTPayload);
      return { credential, end: () => pass(301 + 30) };
    },
    stranger: () => stranger.signed(idp.claims('somebody-0001')),
    trouble: {
      goDown: () => idp.goDown(),
      hang: () => idp.misbehave('hangs'),
      comeBack: () => idp.comeBack(),
    },
    close: () => Promise.all([idp.goDown(), stranger.goDown()]),
  };
});

describe('an access token', () => {
  let idp: IdentityProvider;
  let verifier: JwtVerifier;
  beforeAll(async () => {
    idp = await IdentityProvider.start();
  });
  beforeEach(() => {
    verifier = verifierOf(idp);
  });
  afterAll(() => idp.goDown());

  const now = () => Math.floor(Date.now() / 1000);
  const find = (token: string) => new JwtSessions(verifier).find(token);
  /** Times are told as seconds from now. */
  const tokenWith = ({ exp, nbf, ...others }: Record<string, unknown>, header: { typ?: string } = {}) => {
    const times = Object.entries({ exp, nbf }).filter(([, offset]) => typeof offset === 'number');
    const absolute = Object.fromEntries(times.map(([name, offset]) => [name, now() + Number(offset)]));
    return idp.signed({ ...idp.claims('somebody-0001'), ...others, ...absolute }, header);
  };
  const GOOD = { identity: 'somebody-0001' };

  test('tells its claims to whoever verifies it', async () => {
    expect(await verifier.verify(await idp.jwt('somebody-0001', { challengeSid: 'any' }))).toEqual({
      iss: idp.issuer,
      aud: AUDIENCE,
      sub: 'somebody-0001',
      client_id: 'login-screen',
      challenge_sid: 'any',
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
  });

  test.each([
    ['as RFC 9068 has it', {}],
    ['for several services, ours among them', { aud: ['urn:other', AUDIENCE] }],
    ['expired within the tolerance', { exp: -28 }],
    ['not yet valid within the tolerance', { nbf: 28 }],
    ['without client_id and jti', { client_id: undefined, jti: undefined }],
    ['of a user who is a number', { sub: 12_345_678 }, { identity: '12345678' }],
    ['with null for what it does not have', { cnf: null, challenge_sid: null, token_use: null }],
    ['that says again what it is', { typ: 'Bearer', token_use: 'access' }],
    ['with what ID tokens have, too', { nonce: 'n', at_hash: 'h' }],
  ])('is good: %s', async (_, claims, session = GOOD) => {
    expect(await find(await tokenWith(claims))).toEqual(session);
  });

  test.each(['at+JWT', 'AT+jwt', 'application/at+jwt'])('may write its type as %s', async (typ) => {
    expect(await find(await tokenWith({}, { typ }))).toEqual(GOOD);
  });

  test.each([
    ['another issuer', { iss: 'https://somebody.example' }, 'wrong-issuer'],
    ['another audience', { aud: 'urn:other' }, 'wrong-audience'],
    ['several audiences without the right one', { aud: ['urn:other', `${AUDIENCE}x`] }, 'wrong-audience'],
    ['an audience with only the right prefix', { aud: `${AUDIENCE}x` }, 'wrong-audience'],
    ['no issuer', { iss: undefined }, 'wrong-issuer'],
    ['no audience', { aud: undefined }, 'wrong-audience'],
    ['no user', { sub: undefined }, 'no-identity'],
    ['a user whom Twilio can not know', { sub: 'somebody@example.com' }, 'identity-not-twilios'],
    ['a binding to what is no Challenge', { challenge_sid: 'YC1' }, 'challenge-not-twilios'],
    ['no issue date', { iat: undefined }, 'missing-claim'],
    ['an issue date in words', { iat: 'now' }, 'missing-claim'],
    ['an exp in the past', { exp: -31 }, 'expired'],
    ['an nbf in the future', { nbf: 60 }, 'not-yet-valid'],
    ['a key that it must be presented with (DPoP)', { cnf: { jkt: 'thumbprint' } }, 'bound-to-a-key'],
    ['a certificate that it must be presented with (mTLS)', { cnf: { 'x5t#S256': 'thumbprint' } }, 'bound-to-a-key'],
    ['a client that speaks for itself', { sub: 'login-screen' }, 'of-a-client'],
    ['a client that speaks for itself, as Okta names it', { sub: 'client-0001', cid: 'client-0001' }, 'of-a-client'],
    ['the claims of a refresh token (Keycloak)', { typ: 'Refresh' }, 'wrong-type'],
    ['the words of an offline token (Keycloak)', { typ: 'Offline' }, 'wrong-type'],
    ['the words of a refresh token (Cognito)', { token_use: 'refresh' }, 'wrong-type'],
    ['the words of an ID token (Cognito)', { token_use: 'id' }, 'wrong-type'],
    ['the words of no kind of token', { token_use: ['access'] }, 'wrong-type'],
  ])('is none: %s', async (_, claims, reason) => {
    expect(await find(await tokenWith(claims))).toBe(reason);
  });

  test.each([
    ['among others', { scope: 'openid push:resend' }, GOOD],
    ['as Entra ID writes it', { scp: 'openid push:resend' }, GOOD],
    ['as Okta writes it', { scp: ['openid', 'push:resend'] }, GOOD],
    ['in none of these', {}, 'no-scope'],
    ['as the beginning of another one', { scope: 'push:resend-all' }, 'no-scope'],
    ['in other letters', { scope: 'PUSH:RESEND' }, 'no-scope'],
    ['in no words', { scope: null, scp: [{ toString: 'push:resend' }, 1] }, 'no-scope'],
  ])('a required scope is found %s', async (_, claims, expected) => {
    const sessions = new JwtSessions(verifier, { scope: 'push:resend' });
    expect(await sessions.find(await tokenWith(claims))).toEqual(expected);
  });

  test('a token of a look-alike issuer is refused', async () => {
    for (const iss of [`${idp.issuer}/`, idp.issuer.toUpperCase(), [idp.issuer], `${idp.issuer}.example`])
      expect(await find(await tokenWith({ iss }))).toBe('wrong-issuer');
  });

  test.each([undefined, 'tomorrow', '9999999999', null])('a token with an exp of %j is refused', async (exp) => {
    const token = await idp.signed({ ...idp.claims('somebody-0001'), exp } as unknown as JWTPayload);
    expect(await find(token)).toBe('missing-claim');
  });

  test('is none with a beginning in words', async () => {
    const token = await idp.signed({ ...idp.claims('somebody-0001'), nbf: 'now' } as unknown as JWTPayload);
    expect(await find(token)).toBe('missing-claim');
  });

  test.each(['JWT', 'jwt', 'id+jwt', 'logout+jwt', 'at', '', 'application/json'])(
    'is none of the type %j: an ID token opens nothing',
    async (typ) => {
      expect(await find(await tokenWith({}, { typ }))).toBe('wrong-type');
    },
  );

  test.each([null, 1, [['at+jwt']], {}])('is none of a type that is no text: %j', async (typ) => {
    expect(await find(handMade({ alg: 'RS256', kid: idp.key.kid, typ }, signedBy(idp.key)))).toBe('wrong-type');
  });

  test('a token without a type is refused', async () => {
    expect(await find(handMade({ alg: 'RS256', kid: idp.key.kid }, signedBy(idp.key)))).toBe('wrong-type');
    expect(await find(handMade({ alg: 'RS256', kid: idp.key.kid, typ: 'at+jwt' }, signedBy(idp.key)))).toEqual(GOOD);
  });

  test.each(['none', 'None', 'NONE', ''])('a token with the algorithm %j is refused', async (alg) => {
    for (const kid of [idp.key.kid, undefined]) {
      expect(await find(handMade({ alg, typ: 'at+jwt', kid }, () => Buffer.alloc(0)))).toBe(
        alg === '' ? 'malformed' : 'wrong-algorithm',
      );
    }
  });

  test('a token signed with the public key as a shared secret is refused', async () => {
    const publicKey = createPublicKey({ key: idp.key, format: 'jwk' });
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
      Buffer.from(idp.key.n ?? '', 'base64url'),
    ];
    for (const secret of secrets) {
      const mac = (input: string) => createHmac('sha256', secret).update(input).digest();
      expect(await find(handMade({ alg: 'HS256', typ: 'at+jwt', kid: idp.key.kid }, mac))).toBe('wrong-algorithm');
    }
  });

  test('a token with its own key, or the URL of one, is refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = await exportJWK(publicKey);
    const own = (input: string) => sign('sha256', Buffer.from(input), privateKey);
    for (const header of [
      { jwk },
      { jku: `${idp.issuer}/jwks` },
      { x5u: 'https://somebody.example' },
      { kid: '../jwks' },
    ])
      expect(await find(handMade({ alg: 'RS256', typ: 'at+jwt', kid: idp.key.kid, ...header }, own))).toBe(
        'kid' in header ? 'unknown-key' : 'bad-signature',
      );
  });

  test('is none when it needs what nobody here understands', async () => {
    const header = { alg: 'RS256', typ: 'at+jwt', kid: idp.key.kid, crit: ['x'], x: 1 };
    expect(await find(handMade(header, signedBy(idp.key)))).toBe('malformed');
  });

  test('an algorithm that is not in the settings is refused, even from the issuer', async () => {
    idp.rotate('published', 'ES256');
    const token = await idp.jwt('somebody-0001');
    expect(await verifierOf(idp).verify(token)).toBe('wrong-algorithm');
    expect(await verifierOf(idp, { algorithms: ['RS256', 'ES256'] }).verify(token)).toMatchObject({
      sub: 'somebody-0001',
    });
    idp.rotate('published');
  });

  test('can not be verified by a secret: no such algorithm can be set', () => {
    for (const algorithm of ['HS256', 'none', 'RS256,HS256', ''])
      expect(() => verifierOf(idp, { algorithms: [algorithm] })).toThrow(TypeError);
    expect(() => verifierOf(idp, { algorithms: ASYMMETRIC_ALGORITHMS })).not.toThrow();
  });

  function handMade(header: object, signature: (input: string) => Buffer): string {
    const parts = [header, idp.claims('somebody-0001')];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${signature(input).toString('base64url')}`;
  }
});

function signedBy(key: JWK): (input: string) => Buffer {
  return (input) => sign('sha256', Buffer.from(input), { key: key as Record<string, unknown>, format: 'jwk' });
}
