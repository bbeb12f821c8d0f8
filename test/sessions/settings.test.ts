import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ASYMMETRIC_ALGORITHMS } from '@sessions/jwt-verifier.js';
import { JWT_ALGORITHMS } from '@settings/settings.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { sessionFrom } from '../../apps/resend/src/wiring/sessions-from.js';
import { settingsWith } from '../redis/connected.js';

const SECRET = 'the-secret-of-the-login-backend';
const express = {
  SESSION_STRATEGY: 'express-session',
  SESSION_COOKIE_SECRETS: SECRET,
  REDIS_URL: 'redis://127.0.0.1:1',
};
const jwt = {
  SESSION_STRATEGY: 'jwt',
  SESSION_JWT_JWKS_URL: 'https://idp.example/jwks',
  SESSION_JWT_ISSUER: 'https://idp.example',
  SESSION_JWT_AUDIENCE: 'urn:push-resend',
};
const introspection = {
  SESSION_STRATEGY: 'introspection',
  SESSION_INTROSPECTION_URL: 'https://idp.example/introspect',
  SESSION_INTROSPECTION_CLIENT_ID: 'push-resend',
  SESSION_INTROSPECTION_CLIENT_SECRET: 'the-secret-of-our-client',
};
const internal = {
  INTERNAL_JWT_JWKS_URL: 'https://idp.example/jwks',
  INTERNAL_JWT_ISSUER: 'https://idp.example',
  INTERNAL_JWT_AUDIENCE: 'urn:push-resend:internal',
};
const production = { NODE_ENV: 'production', REDIS_URL: 'redis://127.0.0.1:1' };

/** What is said, before any value could be. */
function complaints(environment: Record<string, string>): string {
  try {
    settingsWith(environment);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a session strategy', () => {
  test('is our own tokens, where nobody says anything', () => {
    expect(settingsWith({})).toMatchObject({ sessionStrategy: 'token', corsOrigins: [] });
  });

  test.each([express, jwt, introspection])('starts with what belongs to it: %o', (environment) => {
    expect(complaints(environment)).toBe('');
  });

  test.each([
    ['express-session', ['SESSION_COOKIE_SECRETS', 'REDIS_URL']],
    ['jwt', ['SESSION_JWT_JWKS_URL', 'SESSION_JWT_ISSUER', 'SESSION_JWT_AUDIENCE']],
    [
      'introspection',
      ['SESSION_INTROSPECTION_URL', 'SESSION_INTROSPECTION_CLIENT_ID', 'SESSION_INTROSPECTION_CLIENT_SECRET'],
    ],
  ])('%s names all that it lacks at once, and nothing that it does not need', (strategy, needed) => {
    const message = complaints({ SESSION_STRATEGY: strategy });
    const named = message.match(/^ {2}[A-Z_]+:/gm)?.map((name) => name.trim().slice(0, -1));
    expect(named?.toSorted()).toEqual(needed.toSorted());
  });

  test.each([
    [{ SESSION_STRATEGY: 'cookie' }, 'SESSION_STRATEGY'],
    [{ ...express, SESSION_COOKIE_SECRETS: 'short' }, 'SESSION_COOKIE_SECRETS'],
    [{ ...express, SESSION_COOKIE_SECRETS: `${SECRET},` }, 'SESSION_COOKIE_SECRETS'],
    [{ ...express, PUBLIC_URL: 'https://login.example.com:99999' }, 'PUBLIC_URL'],
    [{ ...express, SESSION_COOKIE_NAME: 'a b' }, 'SESSION_COOKIE_NAME'],
    [{ ...express, SESSION_COOKIE_NAME: 'a;b' }, 'SESSION_COOKIE_NAME'],
    [{ ...express, SESSION_STORE_REDIS_URL: 'http://redis' }, 'SESSION_STORE_REDIS_URL'],
    [{ ...express, SESSION_STORE_REDIS_URL: 'redis://u:100%@redis' }, 'SESSION_STORE_REDIS_URL'],
    [{ ...express, SESSION_STORE_REDIS_URL: 'redis://redis', REDIS_SESSION_PASSWORD: 'x' }, 'SESSION_STORE_REDIS_URL'],
    [{ ...express, SESSION_STORE_IDENTITY_PATH: 'user..identity' }, 'SESSION_STORE_IDENTITY_PATH'],
    [{ ...express, SESSION_STORE_CHALLENGE_PATH: '.' }, 'SESSION_STORE_CHALLENGE_PATH'],
    [{ ...jwt, SESSION_JWT_ALGORITHMS: 'HS256' }, 'SESSION_JWT_ALGORITHMS'],
    [{ ...jwt, SESSION_JWT_ALGORITHMS: 'RS256,none' }, 'SESSION_JWT_ALGORITHMS'],
    [{ ...jwt, SESSION_JWT_ALGORITHMS: 'RS256 ES256' }, 'SESSION_JWT_ALGORITHMS'],
    [{ ...jwt, SESSION_JWT_JWKS_URL: 'file:///etc/passwd' }, 'SESSION_JWT_JWKS_URL'],
    [{ ...jwt, SESSION_JWT_JWKS_URL: 'https://user:secret@idp.example/jwks' }, 'SESSION_JWT_JWKS_URL'],
    // A letter that no domain has.
    [{ ...jwt, SESSION_JWT_JWKS_URL: 'https://\u{2EE5E}.example/jwks' }, 'SESSION_JWT_JWKS_URL'],
    [{ ...jwt, ...production, SESSION_JWT_JWKS_URL: 'http://idp/jwks' }, 'SESSION_JWT_JWKS_URL'],
    [{ ...jwt, SESSION_JWT_AUDIENCE: 'urn:push-resend,' }, 'SESSION_JWT_AUDIENCE'],
    [{ ...jwt, SESSION_JWT_AUDIENCE: 'urn:push resend' }, 'SESSION_JWT_AUDIENCE'],
    [{ ...jwt, SESSION_JWT_AUDIENCE_CLAIM: 'azp' }, 'SESSION_JWT_AUDIENCE_CLAIM'],
    [{ ...jwt, SESSION_JWT_TYPES: 'at+jwt,' }, 'SESSION_JWT_TYPES'],
    [{ ...jwt, SESSION_JWT_TYPES: 'J WT' }, 'SESSION_JWT_TYPES'],
    [{ ...jwt, SESSION_IDENTITY_CLAIM: 'user..identity' }, 'SESSION_IDENTITY_CLAIM'],
    [{ ...jwt, SESSION_IDENTITY_CLAIM: ':identity' }, 'SESSION_IDENTITY_CLAIM'],
    [{ ...jwt, SESSION_IDENTITY_PREFIX: 'auth0 |' }, 'SESSION_IDENTITY_PREFIX'],
    [{ ...jwt, SESSION_SCOPE: 'openid push:resend' }, 'SESSION_SCOPE'],
    [{ ...jwt, SESSION_CLOCK_TOLERANCE_SECONDS: '301' }, 'SESSION_CLOCK_TOLERANCE_SECONDS'],
    [{ ...jwt, SESSION_CLOCK_TOLERANCE_SECONDS: '-1' }, 'SESSION_CLOCK_TOLERANCE_SECONDS'],
    [
      { ...jwt, SESSION_JWT_AUDIENCE: 'urn:a,urn:b', ...internal, INTERNAL_JWT_AUDIENCE: 'urn:b' },
      'INTERNAL_JWT_AUDIENCE',
    ],
    [{ ...internal, INTERNAL_JWT_TYPES: 'a b' }, 'INTERNAL_JWT_TYPES'],
    [
      { ...introspection, SESSION_INTROSPECTION_CLIENT_AUTHENTICATION: 'private_key_jwt' },
      'SESSION_INTROSPECTION_CLIENT_AUTHENTICATION',
    ],
    [{ ...introspection, SESSION_INTROSPECTION_URL: 'idp.example' }, 'SESSION_INTROSPECTION_URL'],
    [{ ...introspection, ...production, SESSION_INTROSPECTION_URL: 'http://idp/i' }, 'SESSION_INTROSPECTION_URL'],
    [{ ...introspection, SESSION_INTROSPECTION_CACHE_SECONDS: '61' }, 'SESSION_INTROSPECTION_CACHE_SECONDS'],
    [{ ...introspection, SESSION_PROVIDER_DEADLINE_MS: '0' }, 'SESSION_PROVIDER_DEADLINE_MS'],
  ])('a session strategy does not start with %o', (environment, variable) => {
    const message = complaints(environment);
    expect(message).toContain(`${variable}:`);
    for (const secret of [SECRET, 'user:secret', '100%']) expect(message).not.toContain(secret);
  });

  test.each([
    { ...jwt, ...production, SESSION_JWT_JWKS_URL: 'http://127.0.0.1:8081/jwks' },
    { ...introspection, ...production, SESSION_INTROSPECTION_URL: 'http://localhost:8081/introspect' },
  ])('asks a provider on this machine without TLS, also in production: %o', (environment) => {
    expect(complaints(environment)).toBe('');
  });

  test.each([
    ['SESSION_COOKIE_SECRETS', express, { sessionCookieSecrets: [SECRET, 'an-older-secret-of-it'] }],
    ['SESSION_STORE_REDIS_URL', express, { sessionStoreRedisUrl: 'redis://:password@sessions' }],
    ['SESSION_INTROSPECTION_CLIENT_SECRET', introspection, { sessionIntrospectionClientSecret: 'from-a-file' }],
  ])('takes %s from a file', (variable, environment, read) => {
    const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
    const file = join(directory, 'secret');
    writeFileSync(file, `${Object.values(read).join(',')}\n`);
    const { [variable]: _, ...others } = environment as Record<string, string>;
    expect(settingsWith({ ...others, [`${variable}_FILE`]: file })).toMatchObject(read);
    rmSync(directory, { recursive: true });
  });

  test.each([
    ['identity', ['identity']],
    ['user.identity', ['user', 'identity']],
    ['custom:identity', ['custom:identity']],
    ['https://login.example.com/identity', ['https://login.example.com/identity']],
  ])('finds the identity in the claim %s', (text, path) => {
    expect(settingsWith({ ...jwt, SESSION_IDENTITY_CLAIM: text }).sessionIdentityClaim).toEqual(path);
  });

  test.each([jwt, introspection])('may expect a scope: %o', (environment) => {
    const expected = (more: object) => sessionFrom(settingsWith({ ...environment, ...more }));
    expect(expected({ SESSION_SCOPE: 'push:resend' })).toMatchObject({ scope: 'push:resend' });
    expect(expected({})).not.toHaveProperty('scope');
  });

  test('expects of a provider what RFC 9068 and RFC 6749 have, and clocks that differ by half a minute', () => {
    expect(settingsWith(jwt)).toMatchObject({
      sessionJwtTypes: ['at+jwt'],
      sessionJwtAudienceClaim: 'aud',
      sessionIdentityClaim: ['sub'],
      sessionIdentityPrefix: undefined,
      sessionClockToleranceSeconds: 30,
      sessionIntrospectionClientAuthentication: 'client_secret_basic',
    });
  });

  test('of Express can have its store in a Redis of its own', () => {
    const places = (environment: Record<string, string>) => {
      const redis = redisFrom(settingsWith({ ...environment, REDIS_URL: 'redis://ledger:1000' }));
      const hosts = [redis?.ledger, redis?.sessions].map(
        (one) => (one as { options?: { host?: string } }).options?.host,
      );
      redis?.ledger.disconnect();
      redis?.sessions.disconnect();
      return hosts;
    };
    expect(places(express)).toEqual(['ledger', 'ledger']);
    expect(places({ ...express, SESSION_STORE_REDIS_URL: 'redis://sessions' })).toEqual(['ledger', 'sessions']);
    expect(places({ SESSION_STORE_REDIS_URL: 'redis://sessions' })).toEqual(['ledger', 'ledger']);
  });
});

describe('CORS_ORIGINS', () => {
  test.each([
    'https://app.example.org',
    'https://app.example.org,http://localhost:5173',
    'https://xn--bcher-kva.example',
    'capacitor://localhost',
    'https://app.example.org,ionic://localhost,http://localhost',
    'com.example.app://localhost:8080',
  ])('can be %s', (origins) => expect(complaints({ CORS_ORIGINS: origins })).toBe(''));

  test.each([
    '*',
    'null',
    'https://*.example.org',
    'https://app.example.org/',
    'https://app.example.org/login',
    'https://app.example.org:443',
    'http://app.example.org:80',
    'https://APP.example.org',
    'https://bücher.example',
    'https://app.example.org https://b.example',
    'https://app.example.org,',
    'https://user@app.example.org',
    'https://app.example.org?x',
    'app.example.org',
    '//app.example.org',
    'file://app',
    'https://[bad',
    'capacitor://localhost/',
    'capacitor://',
    'Capacitor://localhost',
    'capacitor://LOCALHOST',
    'capacitor:localhost',
    'capacitor://*',
    'capacitor://user@localhost',
    'ws://localhost',
    'file://localhost',
  ])('CORS_ORIGINS can not be %s', (origins) => {
    expect(complaints({ CORS_ORIGINS: origins })).toContain('CORS_ORIGINS:');
  });
});

test('the algorithms that the settings take are those that the verifier accepts', () => {
  expect(JWT_ALGORITHMS).toEqual(ASYMMETRIC_ALGORITHMS);
});
