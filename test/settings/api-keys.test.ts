import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ApiKeys } from '@nest/internal/api-keys.js';
import { PushResendOptionsError } from '@nest/options.js';
import { newApiKey } from '../../scripts/demo-pair.ts';

const file = join(mkdtempSync(join(tmpdir(), 'push-resend-')), 'keys.json');
const desk = newApiKey('desk', ['state:read']);
const write = (records: unknown) =>
  writeFileSync(file, typeof records === 'string' || Buffer.isBuffer(records) ? records : JSON.stringify(records));
let now = Date.parse('2026-03-02T10:00:00Z');
let elapsed = 0;
let complaints: unknown[] = [];
const read = () =>
  new ApiKeys(
    file,
    (error) => complaints.push(error),
    () => now,
    () => elapsed,
  );

const NOT_INSTANTS = [
  'tomorrow',
  '',
  '2026',
  '2026-03-02',
  '2026-03-02T10:00:10',
  '2026-03-02T10:00Z',
  '2026-02-30T10:00:10Z',
  '2026-02-30T10:00:10+01:00',
  '2026-13-01T10:00:10Z',
  '2026-03-02T24:00:00Z',
  '2026-03-02T10:00:60Z',
  '2 March 2026 10:00 UTC',
  '+002026-03-02T10:00:10Z',
  '2026-03-02T10:00:10Z\n',
  null,
  1_772_445_610,
];

describe('an API key', () => {
  test('is known by its secret, and by nothing else', () => {
    write([desk.record]);
    const keys = read();
    expect(keys.find(desk.credential)).toMatchObject({ scopes: ['state:read'] });
    expect(keys.find(newApiKey('desk', ['state:read']).credential)).toBe('wrong-secret');
    expect(keys.find(newApiKey('other', ['state:read']).credential)).toBe('unknown-api-key');
    expect(keys.find('prk_desk_')).toBe('malformed');
  });

  test('ends at its expiresAt', () => {
    write([{ ...desk.record, expiresAt: '2026-03-02T10:00:10Z' }]);
    const keys = read();
    expect(keys.find(desk.credential)).toMatchObject({ id: 'desk' });
    now += 10_000;
    expect(keys.find(desk.credential)).toBe('expired');
    expect(keys.find(newApiKey('desk', ['state:read']).credential)).toBe('wrong-secret');
  });

  test.each(['2026-03-02T11:00:10+01:00', '2026-03-02T10:00:10.000Z', '2028-02-29T00:00:00Z'])(
    'may end at %s',
    (expiresAt) => {
      write([{ ...desk.record, expiresAt }]);
      now = Date.parse(expiresAt) - 1;
      expect(read().find(desk.credential)).toMatchObject({ id: 'desk' });
      now += 1;
      expect(read().find(desk.credential)).toBe('expired');
    },
  );

  test('is changed without a restart, and a file that can not be used changes nothing', () => {
    complaints = [];
    write([desk.record]);
    const keys = read();
    const next = newApiKey('desk', ['state:read', 'audit:read']);
    write([next.record]);
    elapsed += 1000;
    expect(keys.find(next.credential)).toMatchObject({ id: 'desk' });
    expect(keys.find(desk.credential)).toBe('wrong-secret');
    write('[{"id": "half');
    elapsed += 1000;
    expect(keys.find(next.credential)).toMatchObject({ id: 'desk' });
    expect(String(complaints[0])).toMatch(/INTERNAL_API_KEYS_FILE/);
  });

  test('that was taken out is over also when the wall clock has been set back', () => {
    write([desk.record]);
    const keys = read();
    expect(keys.find(desk.credential)).toMatchObject({ id: 'desk' });
    write([]);
    now -= 86_400_000;
    elapsed += 1000;
    expect(keys.find(desk.credential)).toBe('unknown-api-key');
  });

  test.each([
    ['a byte order mark', `\uFEFF${JSON.stringify([desk.record])}`],
    ['lines of Windows', `${JSON.stringify([desk.record], undefined, 2).replaceAll('\n', '\r\n')}\r\n`],
  ])('is read from a file with %s', (_, text) => {
    write(text);
    expect(read().find(desk.credential)).toMatchObject({ scopes: ['state:read'] });
  });

  test.each([
    ['with its mark', `\uFEFF${JSON.stringify([desk.record])}`],
    ['without one', JSON.stringify([desk.record])],
  ])('is not read from a file in UTF-16 %s, which is said', (_, text) => {
    write(Buffer.from(text, 'utf16le'));
    expect(read).toThrow(/INTERNAL_API_KEYS_FILE\): must be text in UTF-8, not in UTF-16/);
  });

  test.each([
    ['no JSON', 'nonsense'],
    ['an id that no key can have', [{ ...desk.record, id: 'desk ' }]],
    ['no array', '{}'],
    ['an unknown scope', [{ ...desk.record, scopes: ['all'] }]],
    ['a misspelt expiry', [{ ...desk.record, expires: '2026-03-02T10:00:10Z' }]],
    ['one id twice', [desk.record, desk.record]],
  ])('is not read from a file with %s', (_, records) => {
    write(records);
    expect(read).toThrow(PushResendOptionsError);
    expect(read).toThrow(/INTERNAL_API_KEYS_FILE/);
  });

  test.each(NOT_INSTANTS)('is not read from a file whose expiresAt is %j', (expiresAt) => {
    write([{ ...desk.record, expiresAt }]);
    expect(read).toThrow(/INTERNAL_API_KEYS_FILE.*RFC 3339/);
  });
});
