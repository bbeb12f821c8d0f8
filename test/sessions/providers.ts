/**
 * Tokens as identity providers issue them: headers and claims of their documentation, with values of our own. `now` is in
 * epoch seconds; a row of docs/sessions.md says what is set for each.
 */
type Claims = Readonly<Record<string, unknown>>;

export interface ProviderToken {
  readonly name: string;
  /** Besides `alg` and `kid`. */
  readonly header: { readonly typ?: string; readonly x5t?: string };
  readonly claims: (now: number) => Claims;
}

/** A provider as it comes, set up as docs/sessions.md tells. */
export interface Provider {
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  /** The settings of its row in docs/sessions.md. */
  readonly settings: Readonly<Record<string, string>>;
  /** A claim that nobody but the operator can name. */
  readonly ownClaim?: string;
  readonly access: ProviderToken;
  readonly identity: string;
  /** What the same token is without the settings of the row. Absent: it needs none. */
  readonly asItComes?: string;
  /** Tokens of the same provider that open nothing, with the reason. */
  readonly refused: readonly (ProviderToken & { readonly reason: string })[];
}

const USER = '8f6a2d3e-5b1c-4e7f-9a0b-1c2d3e4f5a6b';
const CLIENT = '3MVG9lKcPoNINVBIPJjdw1J9LLM82Hnq';
const API = 'https://push.example.com';
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const REGISTRATION = '6e74172b-be56-4843-9ff4-e66a39bb12e3';

const times = (now: number) => ({ iat: now - 10, exp: now + 290 });

const keycloak = (now: number): Claims => ({
  ...times(now),
  auth_time: now - 20,
  jti: 'onrtac:5f0a3c66-8d0c-4f0b-b7f6-2f3f5d0e9c11',
  iss: 'https://sso.example.com/realms/shop',
  aud: [API, 'account'],
  sub: USER,
  typ: 'Bearer',
  azp: 'login-app',
  sid: 'ce0a8a3c-9f0e-4a0e-8b44-0a4b7a1f9d10',
  acr: '1',
  'allowed-origins': ['https://login.example.com'],
  realm_access: { roles: ['offline_access', 'uma_authorization', 'default-roles-shop'] },
  resource_access: { account: { roles: ['manage-account', 'view-profile'] } },
  scope: 'openid profile email',
  email_verified: true,
  preferred_username: 'somebody',
});
const { sub: _sub, preferred_username: _name, realm_access: _roles, ...lightweight } = keycloak(0);

const auth0 = (now: number): Claims => ({
  ...times(now),
  iss: 'https://shop.eu.auth0.com/',
  sub: 'auth0|65f0c1b2a3d4e5f6a7b8c9d0',
  aud: [API, 'https://shop.eu.auth0.com/userinfo'],
  scope: 'openid profile',
  azp: CLIENT,
});

const entra = (now: number): Claims => ({
  ...times(now),
  nbf: now - 10,
  aud: REGISTRATION,
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  aio: 'AWQAm/8TAAAAnvzN',
  azp: 'b14a7505-96e9-4927-91e8-0601d0fc9caa',
  azpacr: '0',
  name: 'Some Body',
  oid: USER,
  preferred_username: 'somebody@example.com',
  rh: '0.AXYAv4j5cvGGr0GRqy180BHbR',
  scp: 'push.resend',
  sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
  tid: TENANT,
  uti: 'fqiBqXLPj0eQa82S-IYFAA',
  ver: '2.0',
});

const entraV1 = (now: number): Claims => ({
  ...times(now),
  nbf: now - 10,
  aud: `api://${REGISTRATION}`,
  iss: `https://sts.windows.net/${TENANT}/`,
  acr: '1',
  aio: 'AXQAi/8IAAAAFm',
  amr: ['pwd', 'mfa'],
  appid: 'b14a7505-96e9-4927-91e8-0601d0fc9caa',
  appidacr: '0',
  ipaddr: '192.0.2.7',
  name: 'Some Body',
  oid: USER,
  rh: '0.AXYAv4j5cvGGr0GRqy180BHbR',
  scp: 'user_impersonation',
  sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
  tid: TENANT,
  unique_name: 'somebody@example.com',
  upn: 'somebody@example.com',
  uti: 'fqiBqXLPj0eQa82S-IYFAA',
  ver: '1.0',
});

const cognito = (now: number): Claims => ({
  ...times(now),
  sub: USER,
  'cognito:groups': ['members'],
  iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3',
  version: 2,
  client_id: '1h57kf5cpq17m0eml12EXAMPLE',
  origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  event_id: '64f513be-32db-42b0-b78e-b02127b4f463',
  token_use: 'access',
  scope: 'openid profile',
  auth_time: now - 20,
  jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  username: 'somebody',
});

const okta = (now: number): Claims => ({
  ...times(now),
  ver: 1,
  jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
  iss: 'https://shop.okta.com/oauth2/default',
  aud: API,
  cid: '0oa1b2c3d4E5F6g7h8i9',
  uid: '00u1a2b3c4D5E6f7G8h9',
  scp: ['openid', 'profile'],
  auth_time: now - 20,
  sub: 'somebody@example.com',
});

const adfs = (now: number): Claims => ({
  ...times(now),
  nbf: now - 10,
  aud: API,
  iss: 'http://adfs.example.com/adfs/services/trust',
  apptype: 'Public',
  appid: '7c7b2a0e-9d0c-4a0d-8e58-0c8a6f9e4d21',
  authmethod: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
  auth_time: '2026-11-29T05:00:00.000Z',
  ver: '1.0',
  scp: 'openid',
  twilioidentity: 'somebody-0001',
});

const JWT = { typ: 'JWT' };
const without = (claims: Claims, ...names: string[]): Claims =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

export const PROVIDERS: readonly Provider[] = [
  {
    name: 'Keycloak',
    issuer: 'https://sso.example.com/realms/shop',
    audience: API,
    settings: { SESSION_JWT_TYPES: 'JWT' },
    access: { name: 'access token', header: JWT, claims: keycloak },
    identity: USER,
    asItComes: 'wrong-type',
    refused: [
      {
        name: 'access token without an audience mapper',
        header: JWT,
        claims: (now) => ({ ...keycloak(now), aud: 'account' }),
        reason: 'wrong-audience',
      },
      {
        name: 'lightweight access token',
        header: JWT,
        claims: (now) => ({ ...lightweight, ...times(now) }),
        reason: 'no-identity',
      },
      {
        name: 'refresh token',
        header: JWT,
        claims: (now) => ({ ...without(keycloak(now), 'allowed-origins'), typ: 'Refresh' }),
        reason: 'wrong-type',
      },
      {
        name: 'ID token of an app that has the name of this API',
        header: JWT,
        claims: (now) => ({ ...keycloak(now), aud: API, typ: 'ID', at_hash: 'kP2bG0mJ8nXyq1Zr5tVw7A' }),
        reason: 'wrong-type',
      },
      {
        name: 'access token bound by DPoP',
        header: JWT,
        claims: (now) => ({
          ...keycloak(now),
          typ: 'DPoP',
          cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' },
        }),
        reason: 'bound-to-a-key',
      },
    ],
  },
  {
    name: 'Keycloak',
    issuer: 'https://sso.example.com/realms/shop',
    audience: API,
    settings: {},
    access: { name: 'access token with the switch for at+jwt', header: { typ: 'at+jwt' }, claims: keycloak },
    identity: USER,
    refused: [],
  },
  {
    name: 'Auth0',
    issuer: 'https://shop.eu.auth0.com/',
    audience: API,
    settings: { SESSION_IDENTITY_PREFIX: 'auth0|' },
    access: {
      name: 'access token of the RFC 9068 profile',
      header: { typ: 'at+jwt' },
      claims: (now) => ({ ...without(auth0(now), 'azp'), client_id: CLIENT, jti: 'yFmyn6tG5nXqSCYlQXZb0M' }),
    },
    identity: '65f0c1b2a3d4e5f6a7b8c9d0',
    asItComes: 'identity-not-twilios',
    refused: [
      {
        name: 'access token of another connection',
        header: { typ: 'at+jwt' },
        claims: (now) => ({ ...auth0(now), sub: 'google-oauth2|108204268033311374519' }),
        reason: 'identity-not-twilios',
      },
      {
        name: 'access token of a machine',
        header: { typ: 'at+jwt' },
        claims: (now) => ({ ...auth0(now), sub: `${CLIENT}@clients`, gty: 'client-credentials' }),
        reason: 'identity-not-twilios',
      },
    ],
  },
  {
    name: 'Auth0',
    issuer: 'https://shop.eu.auth0.com/',
    audience: API,
    settings: { SESSION_JWT_TYPES: 'JWT' },
    ownClaim: 'https://login.example.com/identity',
    access: {
      name: 'access token of its own profile, with a claim of an Action',
      header: JWT,
      claims: (now) => ({ ...auth0(now), 'https://login.example.com/identity': 'somebody-0001' }),
    },
    identity: 'somebody-0001',
    asItComes: 'wrong-type',
    refused: [
      {
        name: 'ID token of an app that has the name of this API',
        header: JWT,
        claims: (now) => ({
          ...without(auth0(now), 'scope', 'azp'),
          aud: API,
          nonce: 'n-0S6_WzA2Mj',
          sid: 'a-session',
        }),
        reason: 'wrong-type',
      },
    ],
  },
  {
    name: 'Entra ID',
    issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    audience: REGISTRATION,
    settings: { SESSION_JWT_TYPES: 'JWT', SESSION_IDENTITY_CLAIM: 'oid' },
    access: { name: 'access token of version 2', header: JWT, claims: entra },
    identity: USER,
    asItComes: 'wrong-type',
    refused: [
      { name: 'access token of version 1', header: JWT, claims: entraV1, reason: 'wrong-issuer' },
      {
        name: 'ID token of an app with the same registration',
        header: JWT,
        claims: (now) => ({ ...without(entra(now), 'scp', 'azp', 'azpacr'), nonce: '12345' }),
        reason: 'wrong-type',
      },
    ],
  },
  {
    name: 'Entra ID',
    issuer: `https://sts.windows.net/${TENANT}/`,
    audience: `api://${REGISTRATION}`,
    settings: { SESSION_JWT_TYPES: 'JWT', SESSION_IDENTITY_CLAIM: 'oid' },
    access: {
      name: 'access token of version 1',
      header: { typ: 'JWT', x5t: 'i6lGk3FZzxRcUb2C3nEQ7syHJlY' },
      claims: entraV1,
    },
    identity: USER,
    asItComes: 'wrong-type',
    refused: [],
  },
  {
    name: 'Amazon Cognito',
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3',
    audience: 'the-client-of-the-web-page,1h57kf5cpq17m0eml12EXAMPLE',
    settings: { SESSION_JWT_TYPES: 'none', SESSION_JWT_AUDIENCE_CLAIM: 'client_id' },
    access: { name: 'access token', header: {}, claims: cognito },
    identity: USER,
    asItComes: 'wrong-audience',
    refused: [
      {
        name: 'access token of another app client',
        header: {},
        claims: (now) => ({ ...cognito(now), client_id: 'another-client' }),
        reason: 'wrong-audience',
      },
      {
        name: 'ID token',
        header: {},
        claims: (now) => ({
          ...without(cognito(now), 'client_id', 'scope', 'username', 'version'),
          aud: '1h57kf5cpq17m0eml12EXAMPLE',
          token_use: 'id',
          'cognito:username': 'somebody',
        }),
        reason: 'wrong-type',
      },
      {
        name: 'access token of a machine',
        header: {},
        claims: (now) => ({ ...without(cognito(now), 'username'), sub: '1h57kf5cpq17m0eml12EXAMPLE' }),
        reason: 'of-a-client',
      },
    ],
  },
  {
    name: 'Okta',
    issuer: 'https://shop.okta.com/oauth2/default',
    audience: API,
    settings: { SESSION_JWT_TYPES: 'none', SESSION_IDENTITY_CLAIM: 'uid' },
    access: { name: 'access token of a custom authorization server', header: {}, claims: okta },
    identity: '00u1a2b3c4D5E6f7G8h9',
    asItComes: 'wrong-type',
    refused: [
      {
        name: 'access token of the org authorization server, had it our issuer and audience',
        header: { typ: 'application/okta-internal-at+jwt' },
        claims: okta,
        reason: 'wrong-type',
      },
      {
        name: 'access token of a machine',
        header: {},
        claims: (now) => ({ ...without(okta(now), 'uid'), sub: '0oa1b2c3d4E5F6g7h8i9' }),
        reason: 'of-a-client',
      },
      {
        name: 'ID token of an app that has the name of this API',
        header: {},
        claims: (now) => ({
          ...without(okta(now), 'cid', 'scp'),
          nonce: 'UBGW',
          at_hash: 'preview_at_hash',
          amr: ['pwd'],
        }),
        reason: 'wrong-type',
      },
    ],
  },
  {
    name: 'AD FS',
    issuer: 'http://adfs.example.com/adfs/services/trust',
    audience: API,
    settings: { SESSION_JWT_TYPES: 'JWT' },
    ownClaim: 'twilioidentity',
    access: {
      name: 'access token',
      header: { typ: 'JWT', x5t: 'zPFC9hK4b0WZn2J1o3b1yX7bE0Q' },
      claims: adfs,
    },
    identity: 'somebody-0001',
    asItComes: 'wrong-type',
    refused: [
      {
        name: 'access token without the rule',
        header: JWT,
        claims: (now) => without(adfs(now), 'twilioidentity'),
        reason: 'no-identity',
      },
      {
        name: 'ID token, had it the issuer of access tokens and the name of this API',
        header: JWT,
        claims: (now) => ({
          ...without(adfs(now), 'scp', 'appid', 'apptype', 'ver'),
          nonce: '12345',
          upn: 'a@b.example',
        }),
        reason: 'wrong-type',
      },
    ],
  },
];

/** What Keycloak's introspection endpoint answers of a lightweight token whose mappers add to introspection. */
export const KEYCLOAK_INTROSPECTION = (now: number): Claims => ({
  ...keycloak(now),
  client_id: 'login-app',
  username: 'somebody',
  token_type: 'Bearer',
  active: true,
});
