/** docs/internal-api.md knows every call, scope and event that there is. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIT_TYPES } from '@audit/audit-trail.js';
import { SCOPES } from '@nest/internal/scopes.js';
import { type Rig, startRig } from '../support/rig.js';

const DOCS = readFileSync(new URL('../../docs/internal-api.md', import.meta.url), 'utf8');

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

test('every internal call has a heading', () => {
  const headings = DOCS.split('\n').filter((line) => line.startsWith('#'));
  const calls = rig.routes.filter(({ url, method }) => url.startsWith('/internal/') && method !== 'HEAD');
  const isTold = ({ method, url }: { method: string; url: string }) => {
    const path = url.replace('/internal/v1', '').replaceAll(/:(\w+)/g, '{$1}');
    return headings.some((heading) => heading.includes(method) && heading.includes(`${path}\``));
  };
  expect(calls.filter((call) => !isTold(call))).toEqual([]);
  expect(calls.length).toBeGreaterThan(8);
});

test('every scope and every type of event is told', () => {
  expect([...SCOPES, ...AUDIT_TYPES].filter((word) => !DOCS.includes(`\`${word}\``))).toEqual([]);
});

test('every example is JSON', () => {
  const examples = [...DOCS.matchAll(/```(?:json|http)\n([\s\S]*?)```/g)].map(([, block = '']) =>
    block.slice(block.indexOf('{')),
  );
  for (const example of examples) {
    const values = example.trim().split(/\n(?=\{)/);
    for (const value of values) expect(() => JSON.parse(value)).not.toThrow();
  }
  expect(examples.length).toBeGreaterThan(7);
});
