import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { SECRETS, Settings } from '@settings/settings.js';
import { variableOf } from '@settings/variable.js';
import { selfSigned } from '../support/certificate.js';

const HASH_SECRET = 'd1f0c8f1a1b54c0f9d0e8a4c5b6f7a81';
const needed = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};
const directory = mkdtempSync(join(tmpdir(), 'push-resend-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));
const { cert, key } = selfSigned('an authority');
const [caFile, keyFile] = [join(directory, 'ca.pem'), join(directory, 'key.pem')];
writeFileSync(caFile, cert);
writeFileSync(keyFile, key);

/** A value of each kind; of the other variables their default, or a word. */
const VALUES: Readonly<Record<string, string>> = {
  ...needed,
  IDENTITY_HASH_SECRET: HASH_SECRET,
  PUBLIC_URL: 'https://login.example.com',
  TRUSTED_PROXIES: '10.0.0.0/8,::1',
  CORS_ORIGINS: 'https://a.example.com,https://b.example.com',
  TWILIO_BASE_URL: 'http://127.0.0.1:4010',
  RESEND_USER_LIMITS: '10/24h,5/15m',
  REDIS_URL: 'redis://user:password@redis.example.com:6379/3',
  REDIS_SENTINELS: 'one.example.com:26379,[::1]:26379',
  REDIS_CLUSTER_NODES: '10.0.0.1:7000,10.0.0.2:7000',
  REDIS_CA_FILE: caFile,
  REDIS_CERT_FILE: caFile,
  REDIS_KEY_FILE: keyFile,
  REDIS_TLS_SERVERNAME: 'redis.example.com',
  REDIS_SENTINEL_TLS: 'true',
  SESSION_COOKIE_SECRETS: 'the-newer-secret-of-it,the-older-secret-of-it',
  SESSION_STORE_REDIS_URL: 'valkeys://sessions.example.com',
  SESSION_STORE_IDENTITY_PATH: 'user.identity',
  SESSION_JWT_JWKS_URL: 'https://idp.example.com/jwks',
  SESSION_INTROSPECTION_URL: 'https://idp.example.com/introspect',
  INTERNAL_JWT_JWKS_URL: 'https://idp.example.com/jwks',
};
/** What a variable needs to be looked at. */
const WITH: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  REDIS_CA_FILE: { REDIS_TLS: 'true' },
  REDIS_CERT_FILE: { REDIS_TLS: 'true', REDIS_KEY_FILE: keyFile },
  REDIS_KEY_FILE: { REDIS_TLS: 'true', REDIS_CERT_FILE: caFile },
  REDIS_TLS_SERVERNAME: { REDIS_TLS: 'true' },
  REDIS_SENTINEL_TLS: { REDIS_SENTINELS: 'one.example.com:26379' },
  SESSION_COOKIE_SECRETS: { SESSION_STRATEGY: 'express-session' },
};
const variables = (Object.entries(new Settings()) as [string, string | readonly string[] | undefined][]).map(
  ([name, initial]) => {
    const variable = variableOf(name);
    return {
      variable,
      value: VALUES[variable] ?? (String(initial ?? '') || 'a-word'),
      isSecret: (SECRETS as readonly string[]).includes(name),
      isList: Array.isArray(initial),
    };
  },
);

/** What comes of an environment: the settings, or all that is wrong. No complaint quotes a value, so equal ones are equal. */
function outcome(environment: Readonly<Record<string, string>>): Settings | readonly string[] {
  try {
    return readSettings({ ...needed, ...environment });
  } catch (error) {
    if (error instanceof SettingsError) return error.complaints;
    throw error;
  }
}

function complaintsAbout(variable: string, environment: Readonly<Record<string, string>>): readonly string[] {
  const complaints = outcome({ ...WITH[variable], ...environment });
  if (complaints instanceof Settings) return [];
  return complaints.filter((complaint) => complaint.startsWith(`${variable}: `));
}

describe.each(variables)('$variable', ({ variable, value, isSecret, isList }) => {
  const alone = { ...WITH[variable] };
  const refused = (text: string) => complaintsAbout(variable, { [variable]: text });

  test('has no part of what gets around it by accident', () => {
    expect(refused(value)).toEqual([]);
    const blanks = [`${value}\n`, `${value}\r\n`, `${value}\r`, ` ${value}\t `, `${value}\u00A0`];
    for (const text of [...blanks, `\uFEFF${value}`, `\u200B${value}\u200B`, `\u200E${value}\u202C`])
      expect(outcome({ ...alone, [variable]: text }), JSON.stringify(text)).toEqual(
        outcome({ ...alone, [variable]: value }),
      );
  });

  test('has no quotes around it: they are removed, but from a secret, which is refused', () => {
    for (const quoted of [`"${value}"`, `'${value}'\n`]) {
      if (isSecret) expect(refused(quoted)).toEqual([expect.stringMatching(/must not be quoted/)]);
      else expect(outcome({ ...alone, [variable]: quoted })).toEqual(outcome({ ...alone, [variable]: value }));
    }
    const why = isSecret ? /must not be quoted/ : /must not begin or end with a quotation mark/;
    expect(refused(`“${value}”`)).toEqual([expect.stringMatching(why)]);
  });

  test('is unset where nothing is in it, but a secret of blanks is refused', () => {
    for (const text of ['""', "''", ...(isSecret ? [] : [' \t\r\n', '\uFEFF'])])
      expect(outcome({ [variable]: text }), JSON.stringify(text)).toEqual(outcome({ [variable]: '' }));
    const blanks = isSecret ? [`${variable}: contains only whitespace; leave it empty to unset it`] : refused('');
    expect(refused(' \n')).toEqual(blanks);
  });

  test('is refused with something invisible inside', () => {
    for (const text of [`${value}\u200B${value}`, 'a\0b', 'a\u00A0b', 'a\tb', 'a\uFFFDb', ...(isList ? [] : ['a\nb'])])
      expect(refused(text), JSON.stringify(text)).toEqual([
        `${variable}: must be one line without tabs or invisible characters`,
      ]);
  });
});

test.each([`"8080`, `8080'`, '`8080`', `'"8080"'`])('a value other than a secret can not be %s', (text) => {
  expect(complaintsAbout('PORT', { PORT: text })).toEqual(['PORT: must not begin or end with a quotation mark']);
});

const lists = variables.filter(({ isList, value }) => isList && value.includes(','));

describe.each(lists)('the list $variable', ({ variable, value }) => {
  test.each(['\n', '\r\n', ', ', ' , ', ',\n', '\n\n', '\n  '])('has items between %j', (separator) => {
    const text = `${value.replaceAll(',', separator)}\n`;
    expect(outcome({ [variable]: text })).toEqual(outcome({ [variable]: value }));
  });

  test.each([`${value},`, `,${value}`, value.replace(',', ',,')])('lacks an item in %s', (text) => {
    expect(complaintsAbout(variable, { [variable]: text })).toHaveLength(1);
  });
});

describe('a secret', () => {
  test.each(['"begins-so', "ends-so'", `it's-"both"`, `it"s`])('may have a quotation mark: %s', (secret) => {
    expect(outcome({ REDIS_PASSWORD: secret })).toMatchObject({ redisPassword: secret });
  });

  test.each([
    [`'"truly"'`, '"truly"'],
    [`"'truly'"`, "'truly'"],
  ])('that truly has quotes around it is %s', (text, secret) => {
    expect(outcome({ REDIS_PASSWORD: text })).toMatchObject({ redisPassword: secret });
  });

  test('may have blanks inside', () => {
    expect(outcome({ REDIS_PASSWORD: ' correct horse ' })).toMatchObject({ redisPassword: 'correct horse' });
  });

  test('of two instances is the same, if one has it from a file with a newline', () => {
    const file = join(directory, 'hash-secret');
    writeFileSync(file, `${HASH_SECRET}\n`);
    const one = outcome({ IDENTITY_HASH_SECRET: `${HASH_SECRET}\n` });
    expect(one).toMatchObject({ identityHashSecret: HASH_SECRET });
    expect(outcome({ IDENTITY_HASH_SECRET_FILE: file })).toEqual(one);
  });
});

describe('a file', () => {
  const SECRET = 'a-secret-of-32-letters-or-a-few-more';
  const complaints = (content: string | Buffer, variable = 'IDENTITY_HASH_SECRET') => {
    const file = join(directory, 'secret');
    writeFileSync(file, content);
    return complaintsAbout(variable, { [`${variable}_FILE`]: file, SESSION_STRATEGY: 'express-session' });
  };
  const utf16 = Buffer.from(SECRET, 'utf16le');

  test.each([
    ['a byte order mark', `\uFEFF${SECRET}`],
    ['lines of Windows', `${SECRET}\r\n`],
    ['blank lines', `\n\n${SECRET}\n\n`],
  ])('has a secret and %s', (_what, content) => expect(complaints(content)).toEqual([]));

  test.each([
    ['with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
    ['of the other order', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])],
    ['without a mark', utf16],
  ])('in UTF-16, %s, is refused', (_what, content) => {
    expect(complaints(content)).toEqual([
      'IDENTITY_HASH_SECRET: IDENTITY_HASH_SECRET_FILE must be text in UTF-8, not in UTF-16',
    ]);
  });

  test.each([
    ['that is not text', Buffer.from([...Buffer.from(SECRET), 0xe9]), 'must be text in UTF-8'],
    ['of two lines', `${SECRET}\n${SECRET}\n`, 'must be one line'],
    ['in quotes', `"${SECRET}"\n`, 'must not be quoted'],
  ])('%s is refused', (_what, content, why) => {
    expect(complaints(content)).toEqual([expect.stringContaining(`IDENTITY_HASH_SECRET_FILE ${why}`)]);
  });

  test('of SESSION_COOKIE_SECRETS has one secret a line', () => {
    const file = join(directory, 'cookie-secrets');
    writeFileSync(file, 'the-newer-secret-of-it\nthe-older-secret-of-it\n');
    expect(outcome({ SESSION_COOKIE_SECRETS_FILE: file })).toMatchObject({
      sessionCookieSecrets: ['the-newer-secret-of-it', 'the-older-secret-of-it'],
    });
  });

  test('is named without the blanks and quotes around its name', () => {
    const file = join(directory, 'named');
    writeFileSync(file, SECRET);
    expect(outcome({ IDENTITY_HASH_SECRET_FILE: `"${file}"\r` })).toMatchObject({ identityHashSecret: SECRET });
    expect(complaintsAbout('IDENTITY_HASH_SECRET', { IDENTITY_HASH_SECRET_FILE: `"${file}` })).toEqual([
      'IDENTITY_HASH_SECRET: IDENTITY_HASH_SECRET_FILE must not begin or end with a quotation mark',
    ]);
  });
});
