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
    ['an expiry that is no time', [{ ...desk.record, expiresAt: 'tomorrow' }]],
    ['one id twice', [desk.record, desk.record]],
  ])('is not read from a file with %s', (_, records) => {
    write(records);
    expect(read).toThrow(PushResendOptionsError);
    expect(read).toThrow(/INTERNAL_API_KEYS_FILE/);
  });
});
