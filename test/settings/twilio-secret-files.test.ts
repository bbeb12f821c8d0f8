import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { TwilioSecretFiles } from '@settings/twilio-secret-files.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const fileOf = (name: string) => join(directory, name);
const put = (name: string, text: string) => writeFileSync(fileOf(name), text);

const OLD_SID = `SK${'1'.repeat(32)}`;
const NEW_SID = `SK${'2'.repeat(32)}`;
const environment = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_VERIFY_SERVICE_SID: `VA${'0'.repeat(32)}`,
  TWILIO_API_KEY_SID_FILE: fileOf('sid'),
  TWILIO_API_KEY_SECRET_FILE: fileOf('secret'),
  TWILIO_AUTH_TOKEN_FILE: fileOf('tokens'),
  TWILIO_WEBHOOK_KEYS: 'key',
  PUBLIC_URL: 'https://login.example.com',
};

let elapsed = 0;
let reloads = 0;
let complaints: unknown[] = [];
let files: TwilioSecretFiles;
beforeEach(() => {
  put('sid', OLD_SID);
  put('secret', 'old secret');
  put('tokens', 'primary');
  reloads = 0;
  complaints = [];
  files = new TwilioSecretFiles(readSettings(environment), environment, {
    onReload: () => (reloads += 1),
    onUnusable: (error) => complaints.push(error),
    elapsed: () => elapsed,
  });
});
const aSecondLater = () => {
  elapsed += 1000;
  return files.current();
};

test('the API key, with its SID, and the auth tokens are those of the files, a second after a change', () => {
  put('sid', NEW_SID);
  put('secret', 'new secret\n');
  put('tokens', 'primary,secondary');
  expect(files.current()).toMatchObject({ twilioApiKeySid: OLD_SID });
  expect(aSecondLater()).toMatchObject({
    twilioApiKeySid: NEW_SID,
    twilioApiKeySecret: 'new secret',
    twilioAuthToken: ['primary', 'secondary'],
    twilioWebhookKeys: ['key'],
  });
  expect([reloads, complaints]).toEqual([1, []]);
});

test('a file that is written again with the same content is no change', () => {
  put('secret', 'old secret\n');
  aSecondLater();
  expect([reloads, complaints]).toEqual([0, []]);
});

describe('a file that can not be used keeps all secrets as they were, and says so once', () => {
  test.each([
    ['empty, as while it is written', 'sid', '', /TWILIO_API_KEY_SID: .*empty/],
    ['half a SID', 'sid', NEW_SID.slice(0, 20), /TWILIO_API_KEY_SID: must be SK/],
    ['a token with a blank', 'tokens', 'primary,second ary', /TWILIO_AUTH_TOKEN: must be a comma-separated list/],
    ['one token too few', 'tokens', 'primary,', /TWILIO_AUTH_TOKEN/],
    ['too many tokens', 'tokens', 'a,b,c,d,e,f', /TWILIO_AUTH_TOKEN/],
    ['gone', 'secret', undefined, /TWILIO_API_KEY_SECRET: .*can not be read/],
  ])('%s', (_, name, text, why) => {
    put('tokens', 'next');
    if (text === undefined) rmSync(fileOf(name));
    else put(name, text);
    const before = { twilioApiKeySid: OLD_SID, twilioApiKeySecret: 'old secret', twilioAuthToken: ['primary'] };
    expect(aSecondLater()).toMatchObject(before);
    expect(aSecondLater()).toMatchObject(before);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toBeInstanceOf(SettingsError);
    expect(String(complaints[0])).toMatch(why);
    for (const secret of [NEW_SID.slice(0, 20), 'old secret', 'secondary']) {
      expect(String(complaints[0])).not.toContain(secret);
    }
    put(name, { sid: NEW_SID, secret: 'new secret', tokens: 'next' }[name] ?? '');
    expect(aSecondLater()).toMatchObject({ twilioAuthToken: ['next'] });
    expect(reloads).toBe(1);
  });
});

test('a file that changed before its first check is not missed', () => {
  const settings = readSettings(environment);
  put('secret', 'new secret');
  files = new TwilioSecretFiles(settings, environment, {
    onReload: () => {},
    onUnusable: () => {},
    elapsed: () => elapsed,
  });
  expect(aSecondLater()).toMatchObject({ twilioApiKeySecret: 'new secret' });
});
