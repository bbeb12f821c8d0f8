/** The other credential of internal consumers: a JWT of the organisation's own identity provider. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { settingsWith } from '../redis/connected.js';
import { IdentityProvider } from '../sessions/identity-provider.js';
import { type Rig, startRig } from '../support/rig.js';
import { consumerOn } from './consumer.js';

const AUDIENCE = 'urn:push-resend:internal';

let idp: IdentityProvider;
let rig: Rig;
beforeAll(async () => {
  idp = await IdentityProvider.start();
  rig = await startRig({
    INTERNAL_JWT_JWKS_URL: idp.jwksUrl,
    INTERNAL_JWT_ISSUER: idp.issuer,
    INTERNAL_JWT_AUDIENCE: AUDIENCE,
  });
});
afterEach(() => idp.comeBack());
afterAll(async () => {
  await rig.close();
  await idp.goDown();
});

/** A token that opens what its scopes name, but for what is said here. */
const tokenOf = (more: Record<string, unknown> = {}, header: { typ?: string } = {}) =>
  idp.signed(
    {
      ...idp.claims('service-account-1'),
      aud: AUDIENCE,
      client_id: 'support-desk',
      scope: 'state:read audit:read',
      ...more,
    },
    header,
  );
const as = (token: string) => consumerOn(rig, 'by-token', token);
const bearing = async (more: Record<string, unknown> = {}, header: { typ?: string } = {}) =>
  as(await tokenOf(more, header));

describe('a JWT of the identity provider', () => {
  test('a JWT allows only what its scopes name', async () => {
    const consumer = await bearing();
    await consumer.state('somebody-0001').expect(200);
    await consumer.events().expect(200);
    const { body } = await consumer.reset('somebody-0001').expect(403);
    expect(body.code).toBe('insufficient-scope');
  });

  test.each([
    { scope: undefined },
    { scope: '' },
    { scope: ['state:read'] },
    { scope: 'State:Read' },
    { scope: 'state:read,audit:read' },
  ])('opens nothing with %j', async (scope) => {
    await (await bearing(scope)).state('somebody-0001').expect(403);
  });

  test.each(['support-desk', '0oa1b2.apps.example', 'https://desk.example/client~1', 'desk@project+a=b_c'])(
    'stands in the audit trail as its client: %s',
    async (client) => {
      const identity = 'somebody-0002';
      await (await bearing({ scope: 'limits:write', client_id: client })).reset(identity).expect(201);
      const { body } = await (await bearing()).events({ identity, limit: 1 }).expect(200);
      expect(body.events[0].actor).toBe(`client:${client}`);
    },
  );

  const wrong: Record<string, () => Promise<string>> = {
    'of another audience': () => tokenOf({ aud: 'urn:push-resend' }),
    'of another issuer': () => tokenOf({ iss: 'https://elsewhere.example' }),
    'that has expired': () => tokenOf({ exp: Math.floor(Date.now() / 1000) - 60 }),
    'that is not valid yet': () => tokenOf({ nbf: Math.floor(Date.now() / 1000) + 60 }),
    'that is no access token': () => tokenOf({}, { typ: 'JWT' }),
    'whose client has a name of two words': () => tokenOf({ client_id: 'support desk' }),
    'whose client has a name without end': () => tokenOf({ client_id: 'x'.repeat(129) }),
    'whose client is no name': () => tokenOf({ client_id: 42 }),
    'whose client has a name that something must quote': () => tokenOf({ client_id: 'support"desk' }),
    'whose client is not named, but its subject': () => tokenOf({ client_id: undefined }),
    'bound to a key (DPoP)': () => tokenOf({ cnf: { jkt: 'thumbprint' } }),
    'bound to a certificate (mTLS)': () => tokenOf({ cnf: { 'x5t#S256': 'thumbprint' } }),
    'whose signature is another’s': async () => `${(await tokenOf()).slice(0, -8)}AAAAAAAA`,
    'without a signature': async () => `${(await tokenOf()).split('.').slice(0, 2).join('.')}.`,
  };
  test.each(Object.keys(wrong))('%s opens nothing', async (name) => {
    const { body } = await as((await wrong[name]?.()) ?? '')
      .state('somebody-0001')
      .expect(401);
    expect(body.code).toBe('session-invalid');
  });

  test('can not be checked while the provider’s keys can not be had: 503, and API keys still open', async () => {
    const fresh = await startRig(
      {
        INTERNAL_JWT_JWKS_URL: idp.jwksUrl,
        INTERNAL_JWT_ISSUER: idp.issuer,
        INTERNAL_JWT_AUDIENCE: AUDIENCE,
      },
      { desk: { scopes: ['state:read'] } },
    );
    try {
      const token = await tokenOf();
      await idp.goDown();
      const { body } = await consumerOn(fresh, 'by-token', token).state('somebody-0001').expect(503);
      expect(body).toMatchObject({ code: 'session-unavailable', retryable: true });
      await consumerOn(fresh, 'desk').state('somebody-0001').expect(200);
    } finally {
      await fresh.close();
    }
  });

  test('opens nothing where no issuer is set', async () => {
    const plain = await startRig();
    try {
      await consumerOn(plain, 'by-token', await tokenOf())
        .state('somebody-0001')
        .expect(401);
    } finally {
      await plain.close();
    }
  });
});

describe('the settings of internal JWTs', () => {
  const complete = {
    INTERNAL_JWT_JWKS_URL: 'https://idp.example/jwks',
    INTERNAL_JWT_ISSUER: 'https://idp.example',
    INTERNAL_JWT_AUDIENCE: AUDIENCE,
  };
  const complaintsAbout = (environment: Record<string, string>) => {
    try {
      settingsWith(environment);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('start when all are there, and when none is', () => {
    expect(complaintsAbout(complete)).toBe('');
    expect(complaintsAbout({})).toBe('');
  });

  test.each(['INTERNAL_JWT_ISSUER', 'INTERNAL_JWT_AUDIENCE'])('do not start without %s', (name) => {
    expect(complaintsAbout({ ...complete, [name]: '' })).toContain(name);
  });

  test('believe no symmetric signature', () => {
    expect(complaintsAbout({ ...complete, INTERNAL_JWT_ALGORITHMS: 'HS256' })).toContain('INTERNAL_JWT_ALGORITHMS');
    expect(complaintsAbout({ ...complete, INTERNAL_JWT_ALGORITHMS: 'none' })).toContain('INTERNAL_JWT_ALGORITHMS');
  });

  test('take keys over https only, in production', () => {
    const production = {
      NODE_ENV: 'production',
      REDIS_URL: 'redis://127.0.0.1:1',
      ...complete,
      INTERNAL_JWT_JWKS_URL: 'http://idp.example/jwks',
    };
    expect(complaintsAbout(production)).toContain('INTERNAL_JWT_JWKS_URL: must be https');
  });

  test('internal JWTs must have another audience than users’ tokens of the same issuer', () => {
    const users = {
      SESSION_STRATEGY: 'jwt',
      SESSION_JWT_JWKS_URL: 'https://idp.example/jwks',
      SESSION_JWT_ISSUER: 'https://idp.example',
    };
    expect(complaintsAbout({ ...complete, ...users, SESSION_JWT_AUDIENCE: AUDIENCE })).toContain(
      'INTERNAL_JWT_AUDIENCE',
    );
    expect(complaintsAbout({ ...complete, ...users, SESSION_JWT_AUDIENCE: 'urn:push-resend' })).toBe('');
  });

  test('are compared with the chosen sessions only', () => {
    const jwt = { SESSION_JWT_ISSUER: 'https://idp.example', SESSION_JWT_AUDIENCE: AUDIENCE };
    const asked = {
      SESSION_STRATEGY: 'introspection',
      SESSION_INTROSPECTION_URL: 'https://idp.example/introspect',
      SESSION_INTROSPECTION_CLIENT_ID: 'push-resend',
      SESSION_INTROSPECTION_CLIENT_SECRET: 'secret',
      SESSION_INTROSPECTION_ISSUER: 'https://idp.example',
      SESSION_INTROSPECTION_AUDIENCE: AUDIENCE,
    };
    expect(complaintsAbout({ ...complete, ...jwt })).toBe('');
    expect(complaintsAbout({ ...complete, ...asked })).toContain('must differ from SESSION_INTROSPECTION_AUDIENCE');
    expect(complaintsAbout({ ...complete, ...asked, SESSION_INTROSPECTION_ISSUER: '' })).toContain(
      'INTERNAL_JWT_AUDIENCE',
    );
    const others = { SESSION_INTROSPECTION_ISSUER: 'https://other.example' };
    expect(complaintsAbout({ ...complete, ...jwt, ...asked, ...others })).toBe('');
    expect(complaintsAbout({ ...complete, ...jwt, ...asked, SESSION_INTROSPECTION_AUDIENCE: 'users' })).toBe('');
  });
});
