import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '@settings/read-settings.js';

const twilio = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};
const read = (environment: Record<string, string>) => readSettings({ ...twilio, ...environment });

function complaint(environment: Record<string, string>): string {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return 'none';
}

describe('the variables of proxies', () => {
  test('are those that other programs read, in either case, the lower one first', () => {
    const upper = {
      HTTPS_PROXY: 'http://upper.example:3128',
      HTTP_PROXY: 'http://upper.example:80',
      NO_PROXY: 'a.example',
    };
    expect(read(upper)).toMatchObject({
      httpsProxy: 'http://upper.example:3128',
      httpProxy: 'http://upper.example:80',
      noProxy: 'a.example',
    });
    const lower = { https_proxy: 'http://lower.example:3128', http_proxy: '', no_proxy: 'b.example,.c.example' };
    expect(read({ ...upper, ...lower })).toMatchObject({
      httpsProxy: 'http://lower.example:3128',
      httpProxy: 'http://upper.example:80',
      noProxy: 'b.example,.c.example',
    });
    expect(read({})).toMatchObject({ httpsProxy: undefined, httpProxy: undefined, noProxy: undefined });
  });

  test('may have company that means nothing here', () => {
    const others = { FTP_PROXY: 'http://a.example', ftp_proxy: 'http://a.example', ALL_PROXY: 'socks5://a.example' };
    expect(complaint(others)).toBe('none');
  });

  test('need no scheme, and may have a user', () => {
    expect(read({ HTTPS_PROXY: 'proxy.example:3128' })).toMatchObject({ httpsProxy: 'http://proxy.example:3128' });
    const withUser = 'http://service:p%40ss@[fd00::1]:3128/';
    expect(read({ HTTPS_PROXY: withUser })).toMatchObject({ httpsProxy: withUser });
  });

  test.each(['socks5://canary.example:1080', 'http://', 'http://canary.example/path', 'http://u:%zz@canary.example'])(
    '%s is no proxy, and is not quoted',
    (url) => {
      expect(complaint({ https_proxy: url })).toMatch(/^ {2}HTTPS_PROXY: must be the URL of an http or https proxy/m);
      expect(complaint({ HTTP_PROXY: url })).not.toContain('canary');
    },
  );
});

describe('HOST and PRIVATE_HOST', () => {
  test('are every address of both families, unless they are said', () => {
    expect(read({})).toMatchObject({ host: '::', privateHost: undefined });
  });

  test('may have the brackets that they have in a URL', () => {
    const settings = read({ HOST: '[::]', PRIVATE_HOST: '[fd00::1]' });
    expect(settings).toMatchObject({ host: '::', privateHost: 'fd00::1' });
  });
});

describe('CORS_HEADERS', () => {
  test('are names of headers', () => {
    expect(read({ CORS_HEADERS: 'X-App-Version,x_platform' }).corsHeaders).toEqual(['X-App-Version', 'x_platform']);
  });

  test.each(['*', 'X-A: b', 'a,,b', 'a b'])('%j is none', (names) => {
    expect(complaint({ CORS_HEADERS: names })).toContain('CORS_HEADERS: must be names of headers');
  });
});

test('a simulator has an address that can be asked', () => {
  expect(complaint({ TWILIO_BASE_URL: 'https://\u{2EE5E}.example' })).toMatch(
    /TWILIO_BASE_URL: must be an http or https URL/,
  );
});
