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
  return new IntrospectedSessions({ url: idp.introspectionUrl, ...client, cacheMs: 0, deadlineMs: 500, ...more });
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

  test('that is revoked is over no later than that', async () => {
    const token = await idp.opaque('somebody-0001');
    expect(await sessions.find(token)).toEqual(GOOD);
    await idp.revoke(token);
    now += 5000;
    expect(await sessions.find(token)).toBeUndefined();
  });

  test('is never believed past its own end', async () => {
    const token = await idp.opaque('somebody-0001', { expiresIn: 3 });
    expect(await sessions.find(token)).toEqual(GOOD);
    now += 3000;
    idp.misbehave({ active: true, sub: 'somebody-0001', exp: Math.floor(now / 1000) });
    expect(await sessions.find(token)).toBeUndefined();
  });

  test('that has expired is none', async () => {
    const token = await idp.opaque('somebody-0001', { expiresIn: 1 });
    await expect.poll(() => sessionsAt(idp).find(token), { timeout: 5000 }).toBeUndefined();
  });

  test('that was not active is asked about each time: it may be, a moment later', async () => {
    idp.misbehave({ active: false });
    expect(await sessions.find('a-token')).toBeUndefined();
    idp.misbehave({ active: true, sub: 'somebody-0001' });
    expect(await sessions.find('a-token')).toEqual(GOOD);
  });

  test('is remembered by its hash alone', async () => {
    const token = await idp.opaque('somebody-0001');
    await sessions.find(token);
    expect(inspect(sessions, { depth: 10, showHidden: true })).not.toContain(token);
  });

  test.each<[string, (of: IdentityProvider) => Promise<string>]>([
    ['of a client for itself', (of) => of.ofClientItself()],
    ['for the next time (a refresh token)', (of) => of.refreshToken('somebody-0001')],
    ['for another service', (of) => of.opaque('somebody-0001', { audience: 'urn:other' })],
    ['in JWT form, which this endpoint does not judge', (of) => of.jwt('somebody-0001')],
    ['bound to a key', (of) => of.opaque('somebody-0001', {}, { jkt: 'thumbprint' })],
  ])('is none, although good elsewhere: %s', async (_, issue) => {
    const token = await issue(idp);
    expect(await sessionsAt(idp, { audience: AUDIENCE }).find(token)).toBeUndefined();
  });

  test.each([
    ['no user', { sub: undefined }],
    ['an end that has passed', { exp: 1 }],
    ['an end in words', { exp: 'tomorrow' }],
    ['a beginning that is yet to come', { nbf: 99_999_999_999 }],
    ['another audience', { aud: 'urn:other' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://somebody.example' }],
    ['no issuer', { iss: undefined }],
    ['a type of token that needs proof', { token_type: 'DPoP' }],
    ['a type of token in no words', { token_type: 1 }],
    ['a client that speaks for itself', { sub: 'login-screen', client_id: 'login-screen' }],
  ])('is none when the answer has %s', async (_, claims) => {
    const strict = sessionsAt(idp, { audience: AUDIENCE, issuer: 'https://issuer.example' });
    const good = {
      active: true,
      sub: 'somebody-0001',
      aud: ['urn:a', AUDIENCE],
      iss: 'https://issuer.example',
      token_type: 'bearer',
    };
    idp.misbehave(good);
    expect(await strict.find('a-token')).toEqual(GOOD);
    idp.misbehave({ ...good, ...claims });
    expect(await strict.find('a-token')).toBeUndefined();
  });

  const faults: (Fault | object)[] = [
    ...(['hangs', 'garbage', 'empty', 'error', 'redirect', 'cut', 'endless', 'unauthorized', 'forbidden'] as const),
    { active: 'true', sub: 'somebody-0001' },
    [{ active: true, sub: 'somebody-0001' }],
  ];
  test.each(faults)('can not be judged by an endpoint that is of no use: %j', async (fault) => {
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
      message: expect.stringMatching(/^the introspection endpoint does not accept our client, status 401/),
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
