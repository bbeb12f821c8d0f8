import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plainError } from '@telemetry/plain-error.js';
import { Refusal } from '@resend/refusals.js';
import { IntrospectedSessions, type IntrospectionOptions } from '@sessions/introspected-sessions.js';
import { RecentSessions } from '@sessions/recent-sessions.js';
import { AUDIENCE, CLIENT, type Fault, IdentityProvider } from './identity-provider.js';
import { sessionContract } from './session-contract.js';

function sessionsAt(idp: IdentityProvider, more: Partial<IntrospectionOptions> = {}): IntrospectedSessions {
  const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
  return new IntrospectedSessions({ url: idp.introspectionUrl, ...client, cacheMs: 0, deadlineMs: 2000, ...more });
}

sessionContract('opaque access tokens', 'elsewhere', async () => {
  const idp = await IdentityProvider.start();
  return {
    directory: () => sessionsAt(idp, { audience: AUDIENCE, issuer: idp.issuer }),
    login: async (identity, challengeSid) => {
      const credential = await idp.opaque(identity as string, { challengeSid });
      return { credential, end: () => idp.revoke(credential) };
    },
    stranger: async () => 'A'.repeat(43),
    trouble: {
      goDown: () => idp.goDown(),
      hang: () => idp.misbehave('hangs'),
      comeBack: () => idp.comeBack(),
    },
    close: () => idp.goDown(),
  };
});

describe('an opaque access token', () => {
  let idp: IdentityProvider;
  let now = Date.now();
  let sessions: IntrospectedSessions;
  beforeAll(async () => {
    idp = await IdentityProvider.start();
  });
  beforeEach(async () => {
    await idp.comeBack();
    idp.asked.length = 0;
    now = Date.now();
    sessions = sessionsAt(idp, { cacheMs: 5000, now: () => now });
  });
  afterAll(() => idp.goDown());
  const GOOD = { identity: 'somebody-0001' };

  test('that was active is not asked about again for a while', async () => {
    const token = await idp.opaque('somebody-0001');
    for (const _ of [1, 2, 3]) expect(await sessions.find(token)).toEqual(GOOD);
    expect(idp.asked).toHaveLength(1);
    now += 4999;
    await sessions.find(token);
    expect(idp.asked).toHaveLength(1);
    now += 1;
    await sessions.find(token);
    expect(idp.asked).toHaveLength(2);
  });

  test('a revoked token is refused after the cache time at the latest', async () => {
    const token = await idp.opaque('somebody-0001');
    expect(await sessions.find(token)).toEqual(GOOD);
    await idp.revoke(token);
    now += 5000;
    expect(await sessions.find(token)).toBe('inactive');
  });

  test('a token is never accepted after its exp', async () => {
    const remembering = sessionsAt(idp, { cacheMs: 60_000, now: () => now });
    const token = await idp.opaque('somebody-0001', { expiresIn: 30 });
    expect(await remembering.find(token)).toEqual(GOOD);
    now += 30_000;
    idp.misbehave({ active: false });
    expect(await remembering.find(token)).toBe('inactive');
  });

  test('that has expired is none', async () => {
    const token = await idp.opaque('somebody-0001', { expiresIn: 1 });
    await expect.poll(() => sessionsAt(idp).find(token)).toBe('inactive');
  });

  test('that was not active is asked about each time: it may be, a moment later', async () => {
    idp.misbehave({ active: false });
    expect(await sessions.find('a-token')).toBe('inactive');
    idp.misbehave({ active: true, sub: 'somebody-0001' });
    expect(await sessions.find('a-token')).toEqual(GOOD);
  });

  test('a token is cached only by its hash', async () => {
    const token = await idp.opaque('somebody-0001');
    await sessions.find(token);
    expect(inspect(sessions, { depth: 10, showHidden: true })).not.toContain(token);
  });

  test.each<[string, (of: IdentityProvider) => Promise<string>, string]>([
    ['of a client for itself', (of) => of.ofClientItself(), 'inactive'],
    ['for the next time (a refresh token)', (of) => of.refreshToken('somebody-0001'), 'wrong-audience'],
    ['for another service', (of) => of.opaque('somebody-0001', { audience: 'urn:other' }), 'wrong-audience'],
    ['in JWT form, which this endpoint does not judge', (of) => of.jwt('somebody-0001'), 'inactive'],
    ['bound to a key', (of) => of.opaque('somebody-0001', {}, { jkt: 'thumbprint' }), 'bound-to-a-key'],
  ])('an active token is refused: %s', async (_, issue, reason) => {
    const token = await issue(idp);
    expect(await sessionsAt(idp, { audience: AUDIENCE }).find(token)).toBe(reason);
  });

  const ISSUER = 'https://issuer.example';
  const ANSWER = { active: true, sub: 'somebody-0001', aud: ['urn:a', AUDIENCE], iss: ISSUER, token_type: 'bearer' };
  const answeredWith = (claims: object) => {
    idp.misbehave({ ...ANSWER, ...claims });
    return sessionsAt(idp, { audience: AUDIENCE, issuer: ISSUER }).find('a-token');
  };

  test.each([
    ['no more than that', {}],
    ['a type of token in upper case', { token_type: 'Bearer' }],
    ['access_token as its type', { token_type: 'access_token' }],
    ['the use of Hydra', { token_use: 'access_token' }],
    ['the type of Keycloak', { typ: 'Bearer' }],
    ['null where others write nothing', { exp: null, nbf: null, cnf: null, token_type: null, challenge_sid: null }],
  ])('is good when the answer has %s', async (_, claims) => {
    expect(await answeredWith(claims)).toEqual(GOOD);
  });

  test('is good when the answer has an end that has passed within the tolerance', async () => {
    expect(await answeredWith({ exp: Date.now() / 1000 - 20 })).toEqual(GOOD);
  });

  test.each([
    ['no user', { sub: undefined }, 'no-identity'],
    ['null for a user', { sub: null }, 'no-identity'],
    ['an exp in the past', { exp: 1 }, 'expired'],
    ['an end in words', { exp: 'tomorrow' }, 'missing-claim'],
    ['an nbf in the future', { nbf: 99_999_999_999 }, 'not-yet-valid'],
    ['another audience', { aud: 'urn:other' }, 'wrong-audience'],
    ['no audience', { aud: undefined }, 'wrong-audience'],
    ['null for an audience', { aud: null }, 'wrong-audience'],
    ['another issuer', { iss: 'https://somebody.example' }, 'wrong-issuer'],
    ['no issuer', { iss: undefined }, 'wrong-issuer'],
    ['a type of token that needs proof', { token_type: 'DPoP' }, 'wrong-type'],
    ['a type of token in no words', { token_type: 1 }, 'wrong-type'],
    ['refresh_token as its type', { token_type: 'refresh_token' }, 'wrong-type'],
    ['the words of a refresh token of Hydra', { token_use: 'refresh_token' }, 'wrong-type'],
    ['the words of a refresh token of Keycloak', { typ: 'Refresh' }, 'wrong-type'],
    ['a client that speaks for itself', { sub: 'login-screen', client_id: 'login-screen' }, 'of-a-client'],
  ])('is none when the answer has %s', async (_, claims, reason) => {
    expect(await answeredWith(claims)).toBe(reason);
  });

  test('has the scope that it must have, or is none', async () => {
    const ofOneScope = sessionsAt(idp, { scope: 'push:resend', cacheMs: 0 });
    idp.misbehave({ ...ANSWER, scope: 'openid push:resend' });
    expect(await ofOneScope.find('a-token')).toEqual(GOOD);
    idp.misbehave({ ...ANSWER, scope: 'openid' });
    expect(await ofOneScope.find('a-token')).toBe('no-scope');
  });

  test('of 16 KiB is asked about, and no longer one', async () => {
    idp.misbehave(ANSWER);
    expect(await sessions.find('A'.repeat(16_384))).toEqual(GOOD);
    expect(await sessions.find('A'.repeat(16_385))).toBe('malformed');
  });

  /** What the endpoint got: the Authorization header, and the body. */
  const sentWith = async (clientAuthentication: NonNullable<IntrospectionOptions['clientAuthentication']>) => {
    let sent: { authorization?: string | undefined } = {};
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { authorization } = request.headers;
        sent = {
          ...Object.fromEntries(new URLSearchParams(body)),
          ...(authorization !== undefined && { authorization }),
        };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
    expect(await sessionsAt(idp, { url, clientAuthentication }).find('a-token')).toEqual(GOOD);
    server.closeAllConnections();
    server.close();
    return sent;
  };
  const formDecoded = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  const ASKED = { token: 'a-token', token_type_hint: 'access_token' };

  test('is asked about by a client that proves itself as its server has it', async () => {
    const encoded = await sentWith('client_secret_basic');
    expect(encoded).toMatchObject(ASKED);
    const [, basic = ''] = (encoded.authorization ?? '').split(' ');
    const decoded = Buffer.from(basic, 'base64').toString().split(':').map(formDecoded);
    expect(decoded).toEqual([CLIENT.id, CLIENT.secret]);
    expect(await sentWith('client_secret_basic_unencoded')).toEqual({
      authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`,
      ...ASKED,
    });
    expect(await sentWith('client_secret_post')).toEqual({
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      ...ASKED,
    });
  });

  const faults: (Fault | object)[] = [
    ...(['hangs', 'garbage', 'empty', 'error', 'redirect', 'cut', 'endless', 'unauthorized', 'forbidden'] as const),
    { active: 'true', sub: 'somebody-0001' },
    [{ active: true, sub: 'somebody-0001' }],
  ];
  test.each(faults)('a broken introspection endpoint makes sessions unavailable: %j', async (fault) => {
    idp.misbehave(fault);
    const startedAt = performance.now();
    const refusal = await sessions.find('a-token-of-somebody').catch((error: unknown) => error);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(refusal).toBeInstanceOf(Refusal);
    const { code, details } = refusal as Refusal;
    expect(code).toBe('session-unavailable');
    const logged = JSON.stringify(plainError(details.cause));
    for (const secret of [
      'a-token-of-somebody',
      CLIENT.secret,
      encodeURIComponent(CLIENT.secret),
      'somebody-0001',
      'html',
    ])
      expect(logged).not.toContain(secret);
    expect(idp.asked).not.toContain('/elsewhere');
  });

  test('can not be judged when the endpoint does not know our client, and the log says why', async () => {
    const wrong = sessionsAt(idp, { clientSecret: 'an-old-secret' });
    const refusal = await wrong.find(await idp.opaque('somebody-0001')).catch((error: unknown) => error);
    expect((refusal as Refusal).code).toBe('session-unavailable');
    expect((refusal as Refusal).details.cause).toMatchObject({
      message: expect.stringMatching(/^the introspection endpoint rejected our client credentials, status 401/),
    });
  });

  test('is judged again after a connection that was kept has closed', async () => {
    const token = await idp.opaque('somebody-0001');
    expect(await sessionsAt(idp).find(token)).toEqual(GOOD);
    await idp.goDown();
    await idp.comeBack();
    expect(await sessionsAt(idp).find(token)).toEqual(GOOD);
  });
});

describe('sessions found a moment ago', () => {
  const session = (identity: string) => ({ identity });

  test('are so many at most: the oldest make room', () => {
    const recent = new RecentSessions(3, () => 0);
    for (const name of ['a', 'b', 'c', 'd']) recent.put(name, session(name), 1000);
    expect(recent.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].map((name) => recent.get(name)?.identity)).toEqual([undefined, 'b', 'c', 'd']);
    recent.put('b', session('b'), 2000);
    recent.put('e', session('e'), 1000);
    expect(recent.get('b')).toBeDefined();
    expect(recent.get('c')).toBeUndefined();
    expect(recent.size).toBe(3);
  });

  test('are forgotten when their time is over, to the millisecond', () => {
    let now = 0;
    const recent = new RecentSessions(3, () => now);
    recent.put('a', session('a'), 1000);
    now = 999;
    expect(recent.get('a')).toBeDefined();
    now = 1000;
    expect(recent.get('a')).toBeUndefined();
    expect(recent.size).toBe(0);
    recent.put('late', session('late'), 1000);
    expect(recent.size).toBe(0);
  });
});
