/** The code of docs/login-screen.md is code of the tested login application. */
import { expect, test } from 'vitest';
import { filesWith, snippetsOf } from '../support/snippets.js';

const snippets = snippetsOf('docs/login-screen.md', ['ts', 'tsx', 'html']);

test('the page shows code', () => expect(snippets.length).toBeGreaterThan(5));

test.each(snippets)('the login application has: %s', (snippet) => {
  expect(filesWith(snippet, 'test/browser/react', '**/*.{ts,tsx,html}')).toHaveLength(1);
});

test('the README of the client has the same page of React Native', () => {
  const native = snippetsOf('libs/client/README.md', ['ts']).find((snippet) => snippet.includes('nativePage'));
  expect(snippets).toContain(native);
});
