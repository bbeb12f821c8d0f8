import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { SECRETS, Settings } from '@settings/settings.js';
import { variableOf } from '@settings/variable.js';
import { Canaries, CANARY } from './canaries.js';

const twilio: Record<string, string> = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the secret of the API key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};

const directory = mkdtempSync(join(tmpdir(), 'push-resend-secrets-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Outcome = { readonly settings: Settings } | { readonly complaints: readonly string[] };
function outcome(environment: Record<string, string>): Outcome {
  try {
    return { settings: readSettings(environment) };
  } catch (error) {
    if (error instanceof SettingsError) return { complaints: error.complaints };
    throw error;
  }
}

/** A value that this secret may have: of a URL its password is the secret, and a SID has a form. */
function secretOf(name: string): string {
  if (name.endsWith('Sid')) return `SK${'2'.repeat(32)}`;
  if (name.endsWith('Url')) return `redis://user:${CANARY}@127.0.0.1:6379/1`;
  if (name.endsWith('Proxy')) return `http://user:${CANARY}@127.0.0.1:3128`;
  return `${CANARY}-of-${name}-with-more-than-32-letters`;
}

describe.each(SECRETS)('%s', (name) => {
  const variable = variableOf(name);
  const secret = secretOf(name);
  const { [variable]: _, ...others } = twilio;
  const file = join(directory, name);
  const put = (text: string) => writeFileSync(file, text);

  test('is the same from a file as from the variable, but for blanks around it', () => {
    put(`\n ${secret}\r\n`);
    const fromFile = outcome({ ...others, [`${variable}_FILE`]: file });
    const fromVariable = outcome({ ...others, [variable]: secret });
    expect(fromFile).toEqual(fromVariable);
    // A secret that needs other settings says so, and is not at fault itself.
    if ('settings' in fromFile) expect(String(fromFile.settings[name])).toBe(secret);
    else expect(fromFile.complaints.filter((complaint) => complaint.startsWith(`${variable}:`))).toEqual([]);
  });

  test.each([
    ['given in both places', { [variable]: secret, [`${variable}_FILE`]: file }, 'not both'],
    ['in a file that is not there', { [`${variable}_FILE`]: join(directory, 'nowhere') }, 'can not be read'],
    ['in a folder', { [`${variable}_FILE`]: directory }, 'must be a regular file'],
    ['in an empty file', { [`${variable}_FILE`]: join(directory, 'empty') }, 'is empty'],
  ])('%s is refused, and not shown', (_what, given, why) => {
    put(secret);
    writeFileSync(join(directory, 'empty'), ' \n');
    const refused = outcome({ ...others, ...given });
    const complaints = 'complaints' in refused ? refused.complaints.join('\n') : '';
    expect(complaints).toMatch(new RegExp(`^${variable}: .*${why}`, 'm'));
    new Canaries().mustNotSing(complaints, 'the complaints');
  });
});

/** Named like a secret, and none: SIDs are names, and a file's name is not what is in it. */
const NONE = new Set(['internalApiKeysFile', 'twilioApiKeySid']);

test('every secret setting can come from a file', () => {
  const called = Object.keys(new Settings()).filter((name) => /secret|password|token$|privateKey|apiKey/i.test(name));
  const secrets: readonly string[] = SECRETS;
  expect(called.filter((name) => !secrets.includes(name) && !NONE.has(name))).toEqual([]);
});
