import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { ignoredVariables, readSettings, SettingsError } from '@settings/read-settings.js';

const needed = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};

function complaints(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readSettings({ ...needed, ...environment });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.complaints;
    throw error;
  }
}

describe('a misspelt setting', () => {
  test.each([
    ['RESEND_COOLDOWN_SECOND', 'RESEND_COOLDOWN_SECONDS'],
    ['RESEND_COOLDOWN', 'RESEND_COOLDOWN_SECONDS'],
    ['RESEND_COOLDOWN_MS', 'RESEND_COOLDOWN_SECONDS'],
    ['RESEND_COOLDONW_SECONDS', 'RESEND_COOLDOWN_SECONDS'],
    ['RESEND_USER_LIMIT', 'RESEND_USER_LIMITS'],
    ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['REDIS_URI', 'REDIS_URL'],
    ['REDIS_SENTINEL', 'REDIS_SENTINELS'],
    ['SESSION_COOKIE_SECRET', 'SESSION_COOKIE_SECRETS'],
    ['SESSION_COOKIE_SECRET_FILE', 'SESSION_COOKIE_SECRETS_FILE'],
    ['TWILLIO_ACCOUNT_SID', 'TWILIO_ACCOUNT_SID'],
    ['SHUTDOWN_GRACE', 'SHUTDOWN_GRACE_SECONDS'],
    ['THROTTLE_ADDRESS', 'THROTTLE_ADDRESS_PER_MINUTE'],
  ])('%s is named with %s, and does not start', (name, meant) => {
    expect(complaints({ [name]: '120' })).toEqual([`${name}: is not a setting; did you mean ${meant}?`]);
  });

  test.each([
    ['redis_url', 'REDIS_URL'],
    ['\uFEFFPORT', 'PORT'],
    ['REDIS_URL ', 'REDIS_URL'],
  ])('can be one in all but its small or invisible letters: %j', (name, meant) => {
    expect(complaints({ [name]: '1' })).toEqual([
      `${name}: is not a setting: the name has lower-case or invisible characters; use ${meant}`,
    ]);
  });

  test('can be one that comes from no file', () => {
    expect(complaints({ REDIS_USERNAME_FILE: '/run/secrets/user' })).toEqual([
      'REDIS_USERNAME_FILE: is not a setting: REDIS_USERNAME can not come from a file',
    ]);
  });

  test('is told with everything else that is wrong, without its value', () => {
    expect(complaints({ RESEND_COOLDOWN_SECOND: '77777', PORT: 'x' })).toEqual([
      'PORT: must be a whole number from 0 to 65535',
      'RESEND_COOLDOWN_SECOND: is not a setting; did you mean RESEND_COOLDOWN_SECONDS?',
    ]);
  });

  test('that is empty is unset', () => {
    expect(complaints({ RESEND_COOLDOWN_SECOND: ' ' })).toEqual([]);
  });
});

describe('a variable of other software', () => {
  test.each([
    ['RESEND_API_KEY', 'RESEND_'],
    ['RESEND_MAX', 'RESEND_MAX_PER_CHALLENGE'],
    ['TWILIO_PHONE_NUMBER', 'TWILIO_'],
    ['TWILIO_API_KEY', 'TWILIO_API_KEY_SID'],
    ['TWILIO_API_SECRET', 'TWILIO_'],
    ['TWILIO_AUTH_TOKEN_OF_SALES', 'TWILIO_AUTH_TOKEN'],
    ['REDIS_HOST', 'REDIS_URL'],
    ['REDIS_PASS', 'REDIS_PASSWORD'],
    ['REDIS_TLS_URL', 'REDIS_TLS'],
    ['SESSION_SECRET', 'SESSION_'],
    ['SESSION_COOKIE_PATH', 'SESSION_COOKIE_NAME'],
    ['LOG_FORMAT', 'LOG_LEVEL'],
    ['PUBLIC_KEY', 'PUBLIC_URL'],
  ])('%s is ignored, and named with %s', (name, nearest) => {
    const environment = { [name]: 'something' };
    expect(complaints(environment)).toEqual([]);
    expect(Object.entries(ignoredVariables(environment))).toEqual([[name, expect.stringMatching(`^${nearest}`)]]);
  });

  test('is not worth a word where a platform or Node has put it', () => {
    const environment = {
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_SERVICE_PORT: '6379',
      REDIS_SERVICE_PORT_CLIENT: '6379',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      REDIS_SENTINEL_SERVICE_HOST: '10.0.0.2',
      REDIS_SENTINEL_PORT: 'tcp://10.0.0.2:26379',
      PUSH_RESEND_PORT: 'tcp://10.0.0.3:8080',
      PUSH_RESEND_INTERNAL_SERVICE_HOST: '10.0.0.4',
      NODE_OPTIONS: '--max-old-space-size=192',
      NODE_VERSION: '24.0.0',
      HOSTNAME: 'push-resend-1',
      HOME: '/home',
      PATH: '/bin',
      port: '1',
      SESSION_MANAGER: 'local/desktop',
      IDENTITY_ENDPOINT: 'http://localhost:42356/msi/token',
      OTEL_SERVICE_NAME: 'resend',
      https_proxy: 'http://proxy.example.com:3128',
      no_proxy: 'localhost',
      NO_COLOR: '1',
    };
    expect(complaints(environment)).toEqual([]);
    expect(ignoredVariables(environment)).toEqual({});
  });

  test('is none of the settings', () => {
    expect(ignoredVariables({ ...needed, REDIS_URL_FILE: '/run/secrets/redis-url', PORT: '1' })).toEqual({});
  });
});
