/** What the pages on embedding say is what the tested application does. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Without the indentation, which differs between a page and a file. */
const trimmed = (code: string) =>
  code
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

const sources = globSync('host/**/*.ts', { cwd: import.meta.dirname }).map((file) =>
  trimmed(readFileSync(join(import.meta.dirname, file), 'utf8')),
);

describe.each(['docs/embedding.md', 'libs/nestjs/README.md'])('%s', (page) => {
  const snippets = [...read(page).matchAll(/^ *```ts\n(.*?)^ *```$/gms)].map(([, code = '']) => code);

  test('shows code', () => expect(snippets.length).toBeGreaterThan(1));

  test.each(snippets)('shows what the host of the tests has: %s', (snippet) => {
    expect(sources.filter((source) => source.includes(trimmed(snippet)))).toHaveLength(1);
  });
});

test('docs/embedding.md has every option and every kind of route', () => {
  const members = (file: string, name: string) => {
    const [, body = ''] = new RegExp(`interface ${name} {(.*?)^}`, 'ms').exec(read(file)) ?? [];
    return [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, member = '']) => member);
  };
  const rows = (heading: string) => {
    const [, section = ''] = new RegExp(`^## ${heading}\n(.*?)^## `, 'ms').exec(read('docs/embedding.md')) ?? [];
    return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, cell = '']) => cell);
  };
  expect(rows('Options').toSorted()).toEqual(members('libs/nestjs/src/options.ts', 'PushResendOptions').toSorted());
  expect(rows('Routes')).toEqual(members('libs/nestjs/src/routes/routes.ts', 'PushResendRoutes'));
});
