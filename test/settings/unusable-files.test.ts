/** Files that settings name: whatever they are, the answer is one sentence, soon. */
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  constants,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiKeys } from '@nest/internal/api-keys.js';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { SECRETS } from '@settings/settings.js';
import { TwilioSecretFiles } from '@settings/twilio-secret-files.js';
import { variableOf } from '@settings/variable.js';
import { newApiKey } from '../../scripts/demo-pair.ts';

const CANARY = 'a-canary-that-must-not-sing';
const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
const at = (name: string) => join(directory, name);
const socket = createServer();
let held: number;

beforeAll(async () => {
  chmodSync(directory, 0o755);
  writeFileSync(at('regular'), CANARY);
  mkdirSync(at('locked'));
  writeFileSync(at('locked/file'), CANARY);
  chmodSync(at('locked'), 0);
  symlinkSync(at('nothing'), at('dangling'));
  symlinkSync(at('loop'), at('loop'));
  execFileSync('mkfifo', [at('pipe'), at('pipe-with-a-writer')]);
  held = openSync(at('pipe-with-a-writer'), constants.O_RDWR);
  writeFileSync(at('huge'), CANARY);
  truncateSync(at('huge'), 100 << 20);
  writeFileSync(at('long'), CANARY.padEnd((1 << 20) + 1, ' '));
  await once(socket.listen(at('socket')), 'listening');
});
afterAll(() => {
  closeSync(held);
  socket.close();
  chmodSync(at('locked'), 0o700);
  rmSync(directory, { recursive: true, force: true });
});

const NO_FILE = 'must be a regular file, not a directory, a device or a pipe';
const UNUSABLE: [string, string, string][] = [
  ['no file', at('nothing'), 'can not be read: there is no such file'],
  ['a file in a file', at('regular/file'), 'can not be read: there is no such file'],
  ['a file in a folder that this process may not enter', at('locked/file'), 'can not be read: permission denied'],
  ['a symbolic link to nothing', at('dangling'), 'can not be read: there is no such file'],
  ['a symbolic link to itself', at('loop'), 'can not be read: its symbolic links lead nowhere'],
  ['a path of 9,000 characters', `/${CANARY.repeat(333)}`, 'can not be read: its path is too long'],
  ['a directory', directory, NO_FILE],
  ['a pipe', at('pipe'), NO_FILE],
  ['a pipe into which somebody will write', at('pipe-with-a-writer'), NO_FILE],
  ['a socket', at('socket'), NO_FILE],
  ['zeros without end', '/dev/zero', NO_FILE],
  ['noise without end', '/dev/random', NO_FILE],
  ['100 MB', at('huge'), 'must have 1 MiB at most'],
  ['one byte more than 1 MiB', at('long'), 'must have 1 MiB at most'],
];

const twilio = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};

/** Root may read everything. */
function withoutRights<Result>(read: () => Result): Result {
  if (process.geteuid?.() !== 0) return read();
  process.seteuid?.(65_534);
  try {
    return read();
  } finally {
    process.seteuid?.(0);
  }
}

function complaints(environment: Record<string, string>): readonly string[] {
  try {
    readSettings({ ...twilio, ...environment });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.complaints;
    throw error;
  }
}

describe.each(UNUSABLE)('%s', (_, file, complaint) => {
  test('is no secret, no certificate and no key', () => {
    const rediss = { REDIS_URL: 'rediss://redis', IDENTITY_HASH_SECRET: 'x'.repeat(32) };
    const files = { TWILIO_AUTH_TOKEN_FILE: file, REDIS_CA_FILE: file, REDIS_CERT_FILE: file, REDIS_KEY_FILE: file };
    expect(withoutRights(() => complaints({ ...rediss, ...files })).toSorted()).toEqual([
      `REDIS_CA_FILE: ${complaint}`,
      `REDIS_CERT_FILE: ${complaint}`,
      `REDIS_KEY_FILE: ${complaint}`,
      `TWILIO_AUTH_TOKEN: TWILIO_AUTH_TOKEN_FILE ${complaint}`,
    ]);
  });

  test('has no API keys, neither at the start nor later', () => {
    const start = () => withoutRights(() => new ApiKeys(file, () => undefined));
    expect(start).toThrow(`consumers.apiKeysFile (INTERNAL_API_KEYS_FILE): ${complaint}`);
    expect(start).not.toThrow(CANARY);

    const { credential, record } = newApiKey('desk', ['state:read']);
    rmSync(at('link'), { force: true });
    writeFileSync(at('keys.json'), JSON.stringify([record]));
    symlinkSync(at('keys.json'), at('link'));
    const said: unknown[] = [];
    let elapsed = 0;
    const keys = new ApiKeys(
      at('link'),
      (error) => said.push(error),
      Date.now,
      () => elapsed,
    );
    rmSync(at('link'));
    if (file.length < 4000) symlinkSync(file, at('link'));
    elapsed += 1000;
    expect(withoutRights(() => keys.find(credential))).toMatchObject({ id: 'desk' });
    expect(String(said)).toContain(file.length < 4000 ? complaint : 'there is no such file');
  });

  test('changes no secret for Twilio that is in use', () => {
    rmSync(at('token'), { force: true });
    writeFileSync(at('token'), 'primary');
    const environment = { ...twilio, TWILIO_AUTH_TOKEN_FILE: at('token'), PUBLIC_URL: 'https://login.example.com' };
    const said: unknown[] = [];
    let elapsed = 0;
    const files = new TwilioSecretFiles(readSettings(environment), environment, {
      onReload: () => said.push('reloaded'),
      onUnusable: (error) => said.push(error),
      elapsed: () => elapsed,
    });
    rmSync(at('token'));
    if (file.length < 4000) symlinkSync(file, at('token'));
    elapsed += 1000;
    expect(withoutRights(files.current)).toMatchObject({ twilioAuthToken: ['primary'] });
    expect(String(said)).toContain(file.length < 4000 ? complaint : 'there is no such file');
  });
});

describe('a file that was replaced by one that this process may not read is used once it may', () => {
  let elapsed = 0;
  let said: unknown[] = [];
  const aSecondLater = <Result>(use: () => Result): Result => {
    elapsed += 1000;
    return withoutRights(use);
  };
  const replaced = (name: string, text: string) => {
    rmSync(at(name));
    writeFileSync(at(name), text, { mode: 0 });
  };

  test('with API keys', () => {
    said = [];
    const [old, next] = [newApiKey('desk', ['state:read']), newApiKey('desk', ['state:read'])];
    writeFileSync(at('rotated-keys'), JSON.stringify([old.record]));
    const keys = new ApiKeys(
      at('rotated-keys'),
      (error) => said.push(error),
      Date.now,
      () => elapsed,
    );
    replaced('rotated-keys', JSON.stringify([next.record]));
    expect(aSecondLater(() => keys.find(old.credential))).toMatchObject({ id: 'desk' });
    expect(aSecondLater(() => keys.find(old.credential))).toMatchObject({ id: 'desk' });
    expect(said).toHaveLength(1);
    chmodSync(at('rotated-keys'), 0o644);
    expect(aSecondLater(() => keys.find(next.credential))).toMatchObject({ id: 'desk' });
    expect(said).toHaveLength(1);
  });

  test('with a secret for Twilio', () => {
    said = [];
    writeFileSync(at('rotated-token'), 'primary');
    const environment = {
      ...twilio,
      TWILIO_AUTH_TOKEN_FILE: at('rotated-token'),
      PUBLIC_URL: 'https://login.example.com',
    };
    const files = new TwilioSecretFiles(readSettings(environment), environment, {
      onReload: () => said.push('reloaded'),
      onUnusable: (error) => said.push(error),
      elapsed: () => elapsed,
    });
    replaced('rotated-token', 'secondary');
    expect(aSecondLater(files.current)).toMatchObject({ twilioAuthToken: ['primary'] });
    expect(aSecondLater(files.current)).toMatchObject({ twilioAuthToken: ['primary'] });
    expect(said).toEqual([expect.any(SettingsError)]);
    chmodSync(at('rotated-token'), 0o644);
    expect(aSecondLater(files.current)).toMatchObject({ twilioAuthToken: ['secondary'] });
    expect(said).toEqual([expect.any(SettingsError), 'reloaded']);
  });
});

test.each(SECRETS.map(variableOf))('%s_FILE is named when it can not be used', (variable) => {
  const said = complaints({ [variable]: '', [`${variable}_FILE`]: '/dev/zero' });
  expect(said).toContain(`${variable}: ${variable}_FILE ${NO_FILE}`);
});

test('a file of 1 MiB is read', () => {
  writeFileSync(at('secret'), 'a'.padEnd(1 << 20, '\n'));
  expect(complaints({ TWILIO_AUTH_TOKEN_FILE: at('secret'), PUBLIC_URL: 'https://login.example.com' })).toEqual([]);
});
