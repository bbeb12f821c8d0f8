import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';
import { AUDIENCE, CLIENT, type Grant, IdentityProvider } from './identity-provider.js';
import { loginScreen, told } from './login-screen.js';
import { refusalOf } from './refusal-of.js';

let idp: IdentityProvider;
beforeAll(async () => {
  idp = await IdentityProvider.start();
});
afterAll(() => idp.goDown());

const strategies = {
  jwt: {
    environment: () => ({
      SESSION_STRATEGY: 'jwt',
      SESSION_JWT_JWKS_URL: idp.jwksUrl,
      SESSION_JWT_ISSUER: idp.issuer,
      SESSION_JWT_AUDIENCE: AUDIENCE,
    }),
    issue: (identity: string, grant?: Grant) => idp.jwt(identity, grant),
    /** A credential that opens nothing, with the reason. */
    refused: (identity: string): Record<string, Promise<string>> => ({
      expired: idp.signed({ ...idp.claims(identity), exp: 1_700_000_000 }),
      'wrong-audience': idp.jwt(identity, { audience: 'urn:other' }),
      malformed: Promise.resolve('an.opaque~token'),
    }),
    /** A token of almost 16 KiB. */
    long: (identity: string) => idp.signed({ ...idp.claims(identity), groups: 'g'.repeat(11_500) }),
  },
  introspection: {
    environment: () => ({
      SESSION_STRATEGY: 'introspection',
      SESSION_INTROSPECTION_URL: idp.introspectionUrl,
      SESSION_INTROSPECTION_CLIENT_ID: CLIENT.id,
      SESSION_INTROSPECTION_CLIENT_SECRET: CLIENT.secret,
      SESSION_INTROSPECTION_AUDIENCE: AUDIENCE,
    }),
    issue: (identity: string, grant?: Grant) => idp.opaque(identity, grant),
    refused: (identity: string): Record<string, Promise<string>> => ({
      inactive: Promise.resolve('a-token-of-nobody'),
      'wrong-audience': idp.opaque(identity, { audience: 'urn:other' }),
      malformed: Promise.resolve('a-token=of-nobody'),
    }),
    long: async (identity: string) => {
      idp.misbehave({ active: true, sub: identity, aud: AUDIENCE });
      return 'a'.repeat(16_384);
    },
  },
};

describe.each(['jwt', 'introspection'] as const)('with %s', (name) => {
  const { environment, issue, refused, long } = strategies[name];
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      ...environment(),
      THROTTLE_ADDRESS_PER_MINUTE: '10000',
    });
  });
  afterAll(() => rig.close());
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test('a screen taps and looks with its access token, from whichever site', async () => {
    const { tap, look, identity } = await loginScreen(rig);
    const token = await issue(identity);
    await tap({ ...bearer(token), 'sec-fetch-site': 'cross-site' }).expect(201);
    await look(bearer(token)).expect(200);
  });

  test('nobody gets in without one, and is told what is missing', async () => {
    const { tap, identity } = await loginScreen(rig);
    const token = await issue(identity);
    for (const headers of [{}, bearer('x'), bearer(`${token}x`), { cookie: `connect.sid=${token}` }]) {
      const answer = await tap(headers as Record<string, string>)
        .expect(401)
        .expect(told('session-invalid'));
      const isToken = 'authorization' in headers;
      expect(answer.headers['www-authenticate']).toBe(isToken ? 'Bearer error="invalid_token"' : 'Bearer');
    }
  });

  test('the log and the metrics have the reason', async () => {
    const { look, identity } = await loginScreen(rig);
    for (const [reason, credential] of Object.entries(refused(identity)))
      expect(await refusalOf(rig, look(bearer(await credential)))).toEqual({ status: 401, reason, counted: reason });
    const token = await issue(identity);
    expect(await refusalOf(rig, look(bearer(token)))).toEqual({ status: 200 });
    const elsewhere = await loginScreen(rig, identity);
    const bound = await issue(identity, { challengeSid: elsewhere.challengeSid });
    const other = { status: 404, reason: 'other-challenge', counted: 'other-challenge' };
    expect(await refusalOf(rig, look(bearer(bound)))).toEqual(other);
  });

  test('a token of 16 KiB is read', async () => {
    const { tap, identity } = await loginScreen(rig);
    const token = await long(identity);
    expect(token.length).toBeGreaterThan(16_000);
    await tap(bearer(token)).expect(201);
    await idp.comeBack();
    await tap(bearer('a'.repeat(16_385)))
      .expect(401)
      .expect(told('session-invalid'));
  });

  test('a token bound to another Challenge finds nothing here, and one of another user neither', async () => {
    const { tap, identity } = await loginScreen(rig);
    const elsewhere = await loginScreen(rig, identity);
    const bound = await issue(identity, { challengeSid: elsewhere.challengeSid });
    await tap(bearer(bound)).expect(404).expect(told('challenge-not-found'));
    await elsewhere.tap(bearer(bound)).expect(201);
    await tap(bearer(await issue('somebody-else-0001')))
      .expect(404)
      .expect(told('challenge-not-found'));
  });

  test('there are no tokens of our own to register', async () => {
    const request = rig.ops.post('/internal/v1/sessions').send({ identity: 'somebody-0001', expiresInSeconds: 60 });
    await request.set('authorization', `Bearer ${rig.apiKey}`).expect(404).expect(told('not-found'));
  });

  test.each(['hangs', 'garbage', 'error', 'unauthorized'] as const)(
    'while the identity provider is of no use nobody is turned into a stranger: %s',
    async (fault) => {
      const started = await startRig({ ...environment(), SESSION_PROVIDER_DEADLINE_MS: '300' });
      try {
        const { tap, identity } = await loginScreen(started);
        const token = await issue(identity);
        idp.misbehave(fault);
        const answer = await tap(bearer(token)).expect(503).expect(told('session-unavailable'));
        expect(answer.headers['retry-after']).toBe('1');
        expect(started.logged()).toContain('"level":"error"');
        for (const secret of [token, identity, CLIENT.secret, encodeURIComponent(CLIENT.secret)])
          expect(started.logged() + answer.text).not.toContain(secret);
      } finally {
        idp.misbehave(undefined);
        await started.close();
      }
    },
  );

  test('no answer, log line or metric shows a token, a secret or a user', async () => {
    const { tap, look, identity } = await loginScreen(rig);
    const token = await issue(identity);
    const answers = [await tap(bearer(token)), await look(bearer(token)), await look(bearer(`${token}x`))];
    const { text: metrics } = await rig.ops.get('/metrics').expect(200);
    const shown = [rig.logged(), metrics, ...answers.map(({ headers, text }) => JSON.stringify(headers) + text)].join(
      '\n',
    );
    const basic = Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`).toString('base64');
    for (const secret of [
      token,
      identity,
      CLIENT.secret,
      basic,
      ...token.split('.').filter((part) => part.length > 20),
    ])
      expect(shown).not.toContain(secret);
  });
});
