import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { script } from '@redis/script.js';
import { ownCorner } from '../support/redis.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-script-'));
const file = join(directory, 'append.lua');
writeFileSync(file, "return redis.call('APPEND', KEYS[1], ARGV[1])");
const append = script<number>('pushResendAppend', pathToFileURL(file), 1);

const corners = [ownCorner(), ownCorner()] as const;
const key = `${corners[0].keyPrefix}{user}`;
afterEach(() => corners[0].redis.unlink(key));
afterAll(() => {
  for (const { redis } of corners) redis.disconnect();
  rmSync(directory, { recursive: true });
});

test('a script runs with its keys and arguments, and is defined once on each connection', async () => {
  const spies = corners.map(({ redis }) => vi.spyOn(redis, 'defineCommand'));
  expect(await append(corners[0].redis, key, 'abc')).toBe(3);
  expect(await append(corners[0].redis, key, 10)).toBe(5);
  expect(await append(corners[1].redis, key, 'd')).toBe(6);
  expect(await corners[0].redis.get(key)).toBe('abc10d');
  for (const spy of spies) expect(spy).toHaveBeenCalledTimes(1);
});

test('a file that is not there is noticed at once, not at the first command', () => {
  expect(() => script('pushResendNothing', pathToFileURL(join(directory, 'nothing.lua')), 1)).toThrow('ENOENT');
});
