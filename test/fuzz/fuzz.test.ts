import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inputsInAll, SHARES, shareOf } from './fuzz.js';

const named = Object.keys(SHARES) as (keyof typeof SHARES)[];

test('the shares of all files are all inputs: 100,000, unless somebody asks for others', () => {
  expect(named.reduce((sum, file) => sum + shareOf(file), 0)).toBeGreaterThanOrEqual(inputsInAll);
  if (process.env['FUZZ_INPUTS'] === undefined) expect(inputsInAll).toBe(100_000);
});

test('every share is that of a file, and every file has one', () => {
  const here = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.test.ts'));
  expect(here.toSorted()).toEqual(
    [...named.filter((file) => file !== 'client'), 'fuzz'].map((file) => `${file}.test.ts`).toSorted(),
  );
  expect(existsSync(new URL('../client/fuzz.test.ts', import.meta.url))).toBe(true);
});
