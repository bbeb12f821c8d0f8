/** docs/invariants.md speaks of what exists, and of all of it. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LEDGER_DEFECTS } from '../mutants/ledger-defects.js';
import { ALONE, DEFECTS } from '../mutants/protocol-defects.js';
import { documentedProbes } from '../simulation/documented-probes.js';
import { INVARIANTS, PROBES } from '../simulation/probes.js';

const PAGE = new URL('../../docs/invariants.md', import.meta.url);
const page = readFileSync(PAGE, 'utf8');

/** Invariant, promise, tests, planted defect. */
const promises = [...page.matchAll(/^\| (I\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, invariant = '', promise = '', tests = '', defect = '']) => ({ invariant, promise, tests, defect }),
);

test('each invariant has one row, with a file of tests and its planted defect', () => {
  expect(promises.map(({ invariant }) => invariant)).toEqual(INVARIANTS);
  for (const { invariant, tests, defect } of promises) {
    expect(tests, invariant).toMatch(/\]\(\.\.\/test\//);
    expect([invariant, defect]).toEqual([invariant, ALONE[invariant as keyof typeof ALONE]]);
    expect(
      DEFECTS.filter(({ name }) => name === defect),
      invariant,
    ).toHaveLength(1);
  }
});

test('each file that the page links to exists', () => {
  const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((path) => !existsSync(new URL(path, PAGE)))).toEqual([]);
});

test('each probe of the simulation has one row, and occurs', () => {
  const probes = INVARIANTS.flatMap((invariant) => PROBES[invariant].map((probe) => `${invariant}: ${probe}`));
  const rows = documentedProbes();
  expect(rows.map(({ invariant, probe }) => `${invariant}: ${probe}`)).toEqual(probes);
  expect(rows.filter(({ count }) => count < 10)).toEqual([]);
});

test('the page tells how many defects there are', () => {
  const scripts = Object.values(LEDGER_DEFECTS).flat().length;
  expect(page).toContain(`are ${scripts} broken scripts and ${DEFECTS.length} broken protocols`);
  const rare = DEFECTS.filter(({ isRare }) => isRare === true).length;
  expect(['no', 'one', 'two', 'three', 'four'][rare]).toBe(/\((\w+) rare ones/.exec(page)?.[1]);
});
