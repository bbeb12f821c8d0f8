/**
 * The checks of the simulation tell the invariants apart: of each invariant there is a planted defect after which
 * nothing but this invariant is reported, in every history that notices.
 */
import { afterAll, expect, test } from 'vitest';
import { INVARIANTS } from '../simulation/probes.js';
import { play } from '../simulation/simulation.js';
import { brokenCopy } from './broken-copy.js';
import { ALONE, DEFECTS } from './protocol-defects.js';

/** So many histories that notice are enough, and among so many there are as many. */
const NOTICED = 5;
const HISTORIES = 300;

const matrix: string[] = [];
afterAll(() => console.log(matrix.join('\n')));

test.each(INVARIANTS)('one defect is reported as %s, and as nothing else', { timeout: 120_000 }, async (invariant) => {
  const defect = DEFECTS.find(({ name }) => name === ALONE[invariant]);
  if (!defect) throw new Error(`no defect ${ALONE[invariant]}`);
  using broken = await brokenCopy(defect.edits);
  const { Service, Ledger } = broken;
  const reported = new Set<string>();
  let noticed = 0;
  let seed = 0;
  while (noticed < NOTICED && seed < HISTORIES) {
    seed += 1;
    const { violations } = await play(seed, { ...defect.options, Service, Ledger });
    if (violations.length > 0) noticed += 1;
    for (const violation of violations) reported.add(violation.invariant);
  }
  matrix.push(`${defect.name} | in ${noticed} of ${seed} histories | ${[...reported].join(' ')}`);
  expect(noticed).toBe(NOTICED);
  expect([...reported]).toEqual([invariant]);
});
