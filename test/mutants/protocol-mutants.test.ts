/**
 * Plants one defect at a time in a copy of the story or the rules, and expects the simulation to notice. The normal
 * run stops at the first history that does, and leaves out the defects that take hundreds of them; MUTANT_SEEDS=1000
 * plays so many of each, and as many more as it takes, and prints how many noticed.
 */
import { afterAll, expect, test } from 'vitest';
import { play } from '../simulation/simulation.js';
import { brokenCopy } from './broken-copy.js';
import { DEFECTS } from './protocol-defects.js';

const { MUTANT_SEEDS: seedsOfEach } = process.env;
/** A defect that so many histories do not notice has survived. */
const ENOUGH = 2000;

const table: string[] = [];
afterAll(() => console.log(table.join('\n')));

const played = DEFECTS.filter(({ isRare }) => seedsOfEach !== undefined || isRare !== true);

test.each(played)('$name is noticed', { timeout: 3_600_000 }, async ({ name, breaks, edits, options }) => {
  using broken = await brokenCopy(edits);
  const { Service, Ledger } = broken;
  const noticed: string[] = [];
  let first = 0;
  for (let seed = 1; seed <= Math.max(ENOUGH, Number(seedsOfEach ?? 0)); seed++) {
    if (first > 0 && seed > Number(seedsOfEach ?? 0)) break;
    const [violation] = (await play(seed, { ...options, Service, Ledger })).violations;
    if (!violation) continue;
    noticed.push(violation.invariant);
    first ||= seed;
  }
  const invariants = [...new Set(noticed)].toSorted().join(' ');
  table.push(`${name} | ${noticed.length} of ${seedsOfEach ?? first} | first in ${first} | ${invariants}`);
  expect(noticed.length, `${name} survived`).toBeGreaterThan(0);
  expect(
    noticed.some((invariant) => breaks.includes(invariant)),
    `noticed as ${invariants}`,
  ).toBe(true);
});
