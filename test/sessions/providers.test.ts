import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompletedOptions } from '@nest/parts/completed-options.js';
import { sessionsOf } from '@nest/parts/sessions.js';
import type { HttpRequest } from '@nest/requests/request-context.js';
import type { Log } from '@telemetry/log.js';
import { sessionFrom } from '../../apps/resend/src/wiring/sessions-from.js';
import { settingsWith } from '../redis/connected.js';
import { KEYCLOAK_INTROSPECTION, type Provider, PROVIDERS, type ProviderToken } from './providers.js';

const KID = 'the-key-of-the-provider';
const now = Math.floor(Date.now() / 1000);
const docs = readFileSync(new URL('../../docs/sessions.md', import.meta.url), 'utf8');

/** Publishes a key and judges tokens, as every provider does. */
let server: Server;
let key: KeyObject;
beforeAll(async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  key = privateKey;
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: KID, use: 'sig' }] });
  const answer = JSON.stringify(KEYCLOAK_INTROSPECTION(now));
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json').end(request.url === '/jwks' ? jwks : answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

const signed = ({ header, claims }: ProviderToken) =>
  new SignJWT(claims(now)).setProtectedHeader({ alg: 'RS256', kid: KID, ...header }).sign(key);

/** What a service with these settings makes of a request with this token. */
async function foundBy(environment: Record<string, string>, token: string) {
  const session = sessionFrom(settingsWith(environment));
  const { sessions } = sessionsOf({ session, keyPrefix: '' } as CompletedOptions, { redis: undefined, log: {} as Log });
  const claimed = await sessions.claimedBy({ headers: { authorization: `Bearer ${token}` } } as unknown as HttpRequest);
  return typeof claimed === 'string' ? claimed : claimed.find();
}

const environmentOf = ({ issuer, audience }: Provider) => ({
  SESSION_STRATEGY: 'jwt',
  SESSION_JWT_JWKS_URL: at('/jwks'),
  SESSION_JWT_ISSUER: issuer,
  SESSION_JWT_AUDIENCE: audience,
});
const ownClaim = ({ ownClaim: claim }: Provider) => (claim === undefined ? {} : { SESSION_IDENTITY_CLAIM: claim });

describe.each(PROVIDERS)('$name, $access.name', (provider) => {
  const { name, settings, access, identity, asItComes, refused } = provider;
  const environment = () => ({ ...environmentOf(provider), ...settings, ...ownClaim(provider) });

  test('is the user, with the settings of its row', async () => {
    expect(await foundBy(environment(), await signed(access))).toEqual({ identity });
  });

  test('is refused without them, with a reason, if it needs any', async () => {
    expect(await foundBy(environmentOf(provider), await signed(access))).toEqual(asItComes ?? { identity });
  });

  test('no other token of the provider is accepted as an access token', async () => {
    for (const { reason, ...token } of refused)
      expect([token.name, await foundBy(environment(), await signed(token))]).toEqual([token.name, reason]);
  });

  test('has a row in the docs with these settings', () => {
    const row = docs.split('\n').find((line) => line.startsWith(`| **${name}** |`)) ?? '';
    for (const [variable, value] of Object.entries(settings))
      expect(row).toContain(`\`${variable}=${value.replaceAll('|', '\\|')}\``);
    if (provider.ownClaim !== undefined) expect(row).toContain('`SESSION_IDENTITY_CLAIM` with');
  });
});

test('Keycloak’s lightweight token is its user where Keycloak itself is asked', async () => {
  const environment = {
    SESSION_STRATEGY: 'introspection',
    SESSION_INTROSPECTION_URL: at('/introspect'),
    SESSION_INTROSPECTION_CLIENT_ID: 'push-resend',
    SESSION_INTROSPECTION_CLIENT_SECRET: 'secret',
    SESSION_INTROSPECTION_AUDIENCE: 'https://push.example.com',
  };
  expect(await foundBy(environment, 'a.lightweight.token')).toEqual({
    identity: KEYCLOAK_INTROSPECTION(now)['sub'],
  });
});
