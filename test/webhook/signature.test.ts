import { createHash } from 'node:crypto';
import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { formFault, isSignedByTwilio } from '@nest/webhook/webhook-signature.js';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { sign } from './webhook-rig.js';

describe('what Twilio has published', () => {
  const CALL = 'CallSid=CA1234567890ABCDE&Digits=1234&To=%2B18005551212';
  const JSON_BODY = '{"property": "value", "boolean": true}';
  const JSON_HASH = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';

  test.each([
    // twilio.com/docs/usage/security
    {
      source: 'the documentation',
      signature: 'L/OH5YylLD5NRKLltdqwSvS0BnU=',
      url: 'https://example.com/myapp.php?foo=1&bar=2',
      isJson: false,
      body: `${CALL}&Caller=%2B14158675310&From=%2B14158675310`,
    },
    {
      source: 'the tests of the SDKs, a form',
      signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
      url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      isJson: false,
      body: `${CALL}&Caller=%2B14158675309&From=%2B14158675309`,
    },
    {
      source: 'the tests of the SDKs, JSON',
      signature: 'a9nBmqA0ju/hNViExpshrM61xv4=',
      url: `https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=${JSON_HASH}`,
      isJson: true,
      body: JSON_BODY,
    },
  ])('in $source is accepted, and nothing that differs from it', ({ signature, url, isJson, body }) => {
    const call = { signature, url, isJson, body };
    expect(isSignedByTwilio('12345', call)).toBe(true);
    const altered = [
      { ...call, body: call.body.replace('1', '2').replace('true', 'false') },
      { ...call, body: `${call.body}${call.isJson ? ' ' : '&More=1'}` },
      { ...call, url: call.url.replace('https', 'http') },
      { ...call, url: call.url.replace('myapp', 'yourapp') },
      { ...call, url: `${call.url}&baz=3` },
      { ...call, isJson: !call.isJson },
      { ...call, signature: call.signature.toLowerCase() },
      { ...call, signature: call.signature.slice(0, -1) },
      { ...call, signature: '' },
    ];
    for (const other of altered) expect(isSignedByTwilio('12345', other)).toBe(false);
    expect(isSignedByTwilio('12346', call)).toBe(false);
  });
});

const url = 'https://login.example.com/webhooks/twilio/verify';

test('whatever is in a form, its signature by the SDK and by hand is the same, and accepted', () => {
  const fields = fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fields, (form) => {
      const signature = sign('12345', url, form);
      expect(twilio.getExpectedTwilioSignature('12345', url, form)).toBe(signature);
      const body = new URLSearchParams(form).toString();
      expect(isSignedByTwilio('12345', { signature, url, isJson: false, body })).toBe(true);
    }),
  );
});

test('a field that is given twice is signed once with each of its values, as the SDK does', () => {
  const body = 'a=2&a=1&a=2&b=3';
  const signature = sign('12345', url, { a: '1a2', b: '3' });
  expect(isSignedByTwilio('12345', { signature, url, isJson: false, body })).toBe(true);
});

test('JSON without its hash in the address is not signed at all', () => {
  const signature = sign('12345', url, {});
  expect(isSignedByTwilio('12345', { signature, url, isJson: true, body: '{}' })).toBe(false);
});

test('a body of any bytes, with any signature, is an answer and no error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.boolean(), fc.string(), (body, signature, isJson, q) => {
      const hash = createHash('sha256').update(`${body}x`).digest('hex');
      const asked = `${url}?${encodeURI(q.toWellFormed())}&bodySHA256=${hash}`;
      expect(isSignedByTwilio('12345', { signature, url: asked, isJson, body })).toBe(false);
    }),
  );
});

describe('what has not the form of a call by Twilio is refused before an HMAC', () => {
  const signature = sign('12345', url, {});
  const call = { signature, isJson: false, body: 'a=1' };
  const hash = `?bodySHA256=${'0'.repeat(64)}`;

  test('a signature has 27 characters of base64 and an end', () => {
    expect(formFault(call, '')).toBeUndefined();
    expect(formFault({ ...call, signature: '' }, '')).toBe('no-signature');
    for (const other of ['x', `${signature}=`, ` ${signature}`, `${signature}\n`, signature.replace('=', 'A')]) {
      expect(formFault({ ...call, signature: other }, '')).toBe('malformed');
    }
  });

  test('a query is the hash of a body, or none', () => {
    expect(formFault(call, hash)).toBeUndefined();
    for (const query of ['?', '?a=1', `${hash}0`, `${hash}&a=1`, `?a=1&${hash.slice(1)}`]) {
      expect(formFault(call, query)).toBe('unexpected-query');
    }
  });

  test('a form has 64 fields at most; JSON has none', () => {
    expect(formFault({ ...call, body: '&'.repeat(63) }, '')).toBeUndefined();
    expect(formFault({ ...call, body: '&'.repeat(64) }, '')).toBe('too-many-fields');
    expect(formFault({ ...call, isJson: true, body: '&'.repeat(64) }, hash)).toBeUndefined();
  });
});

describe('the settings', () => {
  const { accountSid, apiKeySid, apiKeySecret, serviceSid } = demoCredentials;
  const read = (environment: Record<string, string>) => () =>
    readSettings({
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_API_KEY_SID: apiKeySid,
      TWILIO_API_KEY_SECRET: apiKeySecret,
      TWILIO_VERIFY_SERVICE_SID: serviceSid,
      ...environment,
    });
  const PUBLIC_URL = 'https://login.example.com';

  test.each([
    ['a blank token', { TWILIO_AUTH_TOKEN: ' ', PUBLIC_URL }, 'TWILIO_AUTH_TOKEN'],
    ['a token with a blank in it', { TWILIO_AUTH_TOKEN: 'a b', PUBLIC_URL }, 'TWILIO_AUTH_TOKEN'],
    ['a file without a token', { TWILIO_AUTH_TOKEN_FILE: '/dev/null', PUBLIC_URL }, 'TWILIO_AUTH_TOKEN'],
    ['no public address', { TWILIO_AUTH_TOKEN: 'token' }, 'PUBLIC_URL'],
    ['a slash at the end', { TWILIO_AUTH_TOKEN: 'token', PUBLIC_URL: `${PUBLIC_URL}/` }, 'PUBLIC_URL'],
    ['a query', { TWILIO_AUTH_TOKEN: 'token', PUBLIC_URL: `${PUBLIC_URL}?a=1` }, 'PUBLIC_URL'],
    ['a user', { TWILIO_AUTH_TOKEN: 'token', PUBLIC_URL: 'https://me@login.example.com' }, 'PUBLIC_URL'],
    ['no scheme', { TWILIO_AUTH_TOKEN: 'token', PUBLIC_URL: 'login.example.com' }, 'PUBLIC_URL'],
    ['another scheme', { TWILIO_AUTH_TOKEN: 'token', PUBLIC_URL: 'ftp://login.example.com' }, 'PUBLIC_URL'],
  ])('with %s do not start', (_, environment, variable) => {
    expect(read(environment)).toThrow(SettingsError);
    expect(read(environment)).toThrow(new RegExp(`^  ${variable}: `, 'm'));
  });

  test.each(['https://login.example.com', 'http://127.0.0.1:8080', 'https://[::1]:8443/push/resend'])(
    'take %s',
    (publicUrl) => {
      expect(read({ TWILIO_AUTH_TOKEN: 'token', PUBLIC_URL: publicUrl })()).toMatchObject({ publicUrl });
    },
  );
});
