/** What the pages on embedding say is what the tested application does. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesWith, snippetsOf } from '../support/snippets.js';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe.each(['docs/embedding.md', 'libs/nestjs/README.md'])('%s', (page) => {
  const snippets = snippetsOf(page, ['ts']);

  test('shows code', () => expect(snippets.length).toBeGreaterThan(1));

  test.each(snippets)('shows what the host of the tests has: %s', (snippet) => {
    expect(filesWith(snippet, 'test/packages/host', '**/*.ts')).toHaveLength(1);
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
