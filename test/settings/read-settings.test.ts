import 'reflect-metadata';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { Settings } from '@settings/settings.js';
import { variableOf } from '@settings/variable.js';

const twilio = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};

const production = {
  NODE_ENV: 'production',
  REDIS_URL: 'redis://127.0.0.1:1',
  IDENTITY_HASH_SECRET: 'x'.repeat(32),
};

function complaints(environment: Record<string, string>): string {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return '';
}

describe('settings', () => {
  test('have defaults for all but the Twilio account', () => {
    const settings = readSettings(twilio);
    expect(settings).toMatchObject({
      host: '::',
      port: 8080,
      privateHost: undefined,
      privatePort: 9090,
      resendCooldownSeconds: [30, 60],
      redisUrl: undefined,
    });
  });

  test('are values, not text', () => {
    const settings = readSettings({
      ...twilio,
      RESEND_COOLDOWN_SECONDS: '20,40,80',
      RESEND_USER_LIMITS: '5/15m,2/90s,10/24h',
      TRUSTED_PROXIES: '10.0.0.0/8,::1',
      CORS_ORIGINS: 'https://app.example.com,http://localhost:5173',
      REDIS_SENTINELS: 'one.example.com:26379,[::1]:26380',
      REDIS_TLS: 'true',
      REDIS_WAIT_REPLICAS: 'all',
      IDENTITY_HASH_SECRET: 'x'.repeat(32),
      SESSION_STORE_IDENTITY_PATH: 'user.identity',
      INTERNAL_JWT_ALGORITHMS: 'ES256,EdDSA',
      TWILIO_AUTH_TOKEN: '',
    });
    expect(settings).toMatchObject({
      resendCooldownSeconds: [20, 40, 80],
      resendUserLimits: [
        { limit: 10, windowMs: 24 * 3_600_000 },
        { limit: 5, windowMs: 15 * 60_000 },
        { limit: 2, windowMs: 90_000 },
      ],
      trustedProxies: ['10.0.0.0/8', '::1'],
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
      redisSentinels: [
        { host: 'one.example.com', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
      redisTls: true,
      redisWaitReplicas: 'all',
      sessionStoreIdentityPath: ['user', 'identity'],
      internalJwtAlgorithms: ['ES256', 'EdDSA'],
      twilioAuthToken: [],
      redisClusterNodes: [],
    });
    expect(readSettings({ ...twilio, REDIS_WAIT_REPLICAS: '2' })).toMatchObject({ redisWaitReplicas: 2 });
  });

  test('name every bad variable at once, and show no value', () => {
    const bad = {
      PORT: 'eighty',
      PRIVATE_PORT: '70000',
      RESEND_MAX_PER_CHALLENGE: '1e0',
      RESEND_USER_LIMITS: '5 per hour',
      TWILIO_API_KEY_SID: 'SK-do-not-show-me',
      REDIS_URL: 'http://user:password@redis',
      RESEND_COOLDOWN_SECONDS: '30,sixty',
      REDIS_ALLOW_UNSAFE: 'yes',
      LOG_LEVEL: 'loud',
    };
    const message = complaints({ ...twilio, ...bad });
    for (const [variable, value] of Object.entries(bad)) {
      expect(message).toContain(`${variable}:`);
      expect(message).not.toContain(value);
    }
    expect(message).toContain('IDENTITY_HASH_SECRET:');
  });

  test('complain in one sentence for each variable, with the form that is expected', () => {
    const bad = { PORT: '70000', RESEND_COOLDOWN_SECONDS: '0', REDIS_TLS: 'yes', TWILIO_AUTH_TOKEN_FILE: '/nowhere' };
    expect(complaints({ ...twilio, ...bad, TWILIO_ACCOUNT_SID: '' }).split('\n')).toEqual([
      'Invalid settings:',
      '  TWILIO_AUTH_TOKEN: TWILIO_AUTH_TOKEN_FILE can not be read: there is no such file',
      '  PORT: must be a whole number from 0 to 65535',
      '  TWILIO_ACCOUNT_SID: is required',
      '  RESEND_COOLDOWN_SECONDS: must be 1 to 10 whole numbers from 1 to 9999, such as 30,60',
      '  REDIS_TLS: must be true or false',
    ]);
  });

  test('complain in plain words about whatever can be wrong', () => {
    const variables = Object.keys(new Settings()).map(variableOf);
    const nonsense = Object.fromEntries(variables.map((variable) => [variable, '§ ? §']));
    const said = complaints(nonsense).split('\n').slice(1);
    expect(said.length).toBeGreaterThan(variables.length / 2);
    for (const sentence of said) {
      expect(sentence).toMatch(/^ {2}[A-Z_]+: (must|can not|is) [\w ]/);
      expect(sentence, 'a regular expression').not.toMatch(/[\\^$|{}*]|\[[^:]/);
    }
  });

  test('production requires Redis, a hash secret and a Twilio account', () => {
    const message = complaints({ NODE_ENV: 'production' });
    for (const variable of ['REDIS_URL', 'IDENTITY_HASH_SECRET', ...Object.keys(twilio)])
      expect(message).toContain(`  ${variable}: is required`);
  });

  test('production does not start if Node checks no certificates', () => {
    const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect(complaints({ ...twilio, ...production, ...unchecked })).toMatch(/^ {2}NODE_TLS_REJECT_UNAUTHORIZED: /m);
    expect(complaints({ ...twilio, ...unchecked })).toBe('');
    expect(complaints({ ...twilio, ...production, NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toBe('');
  });

  test('take a secret from a file, and not from both places', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'push-resend-')), 'secret');
    writeFileSync(file, 'from-a-file\n');
    const { TWILIO_API_KEY_SECRET: _, ...others } = twilio;
    expect(readSettings({ ...others, TWILIO_API_KEY_SECRET_FILE: file }).twilioApiKeySecret).toBe('from-a-file');
    expect(complaints({ ...twilio, TWILIO_API_KEY_SECRET_FILE: file })).toContain('not both');
    writeFileSync(file, '\n');
    expect(complaints({ ...others, TWILIO_API_KEY_SECRET_FILE: file })).toContain(
      'TWILIO_API_KEY_SECRET_FILE is empty',
    );
    expect(complaints({ ...others, TWILIO_API_KEY_SECRET_FILE: '/nowhere' })).toContain(
      'TWILIO_API_KEY_SECRET_FILE can not be read',
    );
  });

  test.each([
    'redis://:hunter#2@127.0.0.1:6379',
    'redis://:hunter2@[bad',
    'redis://:hunter2@127.0.0.1:99999',
    'redis://:hunter%ss@127.0.0.1:6379',
  ])('refuse a REDIS_URL that is none, and do not show its password (%#)', (url) => {
    const message = complaints({ ...twilio, REDIS_URL: url, IDENTITY_HASH_SECRET: 'x'.repeat(32) });
    expect(message).toContain('REDIS_URL:');
    expect(message).not.toContain('hunter');
  });

  test.each([
    [{ RESEND_LEASE_SECONDS: '7' }, 'RESEND_LEASE_SECONDS'],
    [{ RESEND_COOLDOWN_SECONDS: '3,60' }, 'RESEND_COOLDOWN_SECONDS'],
    [{ RESEND_USER_LIMITS: '10/25h' }, 'RESEND_USER_LIMITS'],
    [{ RESEND_USER_LIMITS: '5/15m,3/900s' }, 'RESEND_USER_LIMITS'],
    [{ RESEND_USER_LIMITS: '5/1s,5/2s,5/3s,5/4s,5/5s,5/6s' }, 'RESEND_USER_LIMITS'],
    [{ RESEND_USER_LIMITS: '0/15m' }, 'RESEND_USER_LIMITS'],
    [{ RESEND_COOLDOWN_SECONDS: '30,' }, 'RESEND_COOLDOWN_SECONDS'],
    [{ RESEND_COOLDOWN_SECONDS: '10,10,10,10,10,10,10,10,10,10,10' }, 'RESEND_COOLDOWN_SECONDS'],
    [{ RESEND_COOLDOWN_SECONDS: '10000' }, 'RESEND_COOLDOWN_SECONDS'],
    [{ PORT: '8080', PRIVATE_PORT: '8080' }, 'PRIVATE_PORT'],
    [{ TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES'],
    [{ TRUSTED_PROXIES: 'abc' }, 'TRUSTED_PROXIES'],
    [{ TRUSTED_PROXIES: '0.0.0.0/0' }, 'TRUSTED_PROXIES'],
    [{ TRUSTED_PROXIES: '10.0.0.0/' }, 'TRUSTED_PROXIES'],
    [{ MAX_CONNECTIONS: '1000' }, 'MAX_CONNECTIONS'],
    [{ MAX_REQUESTS_IN_FLIGHT: '256' }, 'MAX_REQUESTS_IN_FLIGHT'],
  ])('contradictory settings are refused: %o', (contradiction, variable) => {
    expect(complaints({ ...twilio, ...contradiction })).toContain(`${variable}:`);
  });

  test.each([
    'http://simulator:4010',
    'HTTP://simulator:4010',
    'http://10.0.0.1',
    'http://127.example.com',
    'http://localhost.example.com',
  ])('in production TWILIO_BASE_URL can not be %s, so the API key is never sent in plain text', (url) => {
    const complaint = 'TWILIO_BASE_URL: must be https in production, or on this machine such as http://127.0.0.1:4010';
    expect(complaints({ ...twilio, ...production, TWILIO_BASE_URL: url })).toContain(complaint);
    expect(complaints({ ...twilio, TWILIO_BASE_URL: url })).toBe('');
  });

  test.each(['https://twilio.example.com', 'http://127.0.0.1:4010', 'http://localhost:4010', 'http://[::1]:4010'])(
    'of production may have TWILIO_BASE_URL=%s',
    (url) => expect(complaints({ ...twilio, ...production, TWILIO_BASE_URL: url })).toBe(''),
  );
});
