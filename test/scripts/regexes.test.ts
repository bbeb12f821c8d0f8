/** The check of regular expressions finds those that some input keeps busy, wherever they stand. */
import { describe, expect, test } from 'vitest';
import { objectionsTo } from '../../scripts/regexes/objections.js';

const objections = (code: string) => objectionsTo('a.ts', code);

test.each([
  ['a literal', 'const BAD = /^(a+)+$/;'],
  ['a decorator', 'class A { @Matches(/^(a+)+$/) b = 1; }'],
  ['a text', "new RegExp('^(a+)+$', 'i');"],
  ['a template with constants of the file', 'const AS = `(a+)+`; RegExp(`^${AS}$`);'],
  ['a schema', "const schema = { type: 'string', pattern: '^(a+)+$' };"],
])('%s: a regular expression with nested repetitions is found', (_, code) => {
  expect(objections(`\n${code}`)).toEqual([expect.stringMatching(/^a\.ts:2: .* may go back without an end$/)]);
});

describe('found is also', () => {
  test.each([
    ['two ways through one repetition', '/^(?:a|a)*$/'],
    ['two repetitions of the same', '/^\\d*x?\\d*$/'],
    ['a repetition that may begin anywhere', '/\\s+$/'],
    ['one that begins at every line', '/^\\s*x/m'],
    ['a reference to what was repeated', '/^(a*)b?\\1*$/'],
  ])('%s', (_, regex) => {
    expect(objections(`const BAD = ${regex};`)).toHaveLength(1);
  });
});

test('one that only the running program knows is named', () => {
  expect(objections('const made = (name: string) => new RegExp(`^${name}+$`);')).toEqual([
    'a.ts:1: new RegExp(`^${name}+$`) is known only to the running program',
  ]);
});

test.each([
  '/^[a-z0-9-]{1,64}$/',
  '/^(?=.{8,64}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/',
  '/^prs_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/',
  '/^redis_mode:sentinel\\b/m',
])('%s is harmless', (regex) => {
  expect(objections(`const GOOD = ${regex};`)).toEqual([]);
});

test('a reason excuses the one on its line or below it, and no other', () => {
  const code = `
    const A = /x+$/; // backtracks: over a file of our own only
    // backtracks: over a file of our own only
    const B = /y+$/;
    const C = /z+$/;
  `;
  expect(objections(code)).toEqual([expect.stringMatching(/^a\.ts:5: /)]);
});
