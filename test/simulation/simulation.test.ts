/** RECORD_PROBES=1 writes the counts of the normal run into docs/invariants.md. */
import { expect, test } from 'vitest';
import { documentedProbes, documentProbes } from './documented-probes.js';
import { INVARIANTS, PROBES } from './probes.js';
import { expectNoViolation } from './seeds.js';
import { play } from './simulation.js';

const DAY_MS = 24 * 3_600_000;
/** Of the normal run, whose counts are documented. */
const SEEDS = 1500;

test('in every history every invariant holds, and its cases occur', { timeout: DAY_MS }, async () => {
  const { seeds, taps, sends, probes } = await expectNoViolation(0.75, {});
  expect(sends).toBeGreaterThan(taps / 10);

  const least = Math.floor((10 * seeds) / SEEDS);
  const cases = INVARIANTS.flatMap((invariant) => PROBES[invariant]);
  expect(cases.filter((probe) => (probes.get(probe) ?? 0) < least)).toEqual([]);

  if (seeds !== SEEDS) return;
  if (process.env['RECORD_PROBES']) documentProbes(probes);
  const wrong = documentedProbes().filter(({ probe, count }) => {
    const counted = probes.get(probe) ?? 0;
    return counted < count / 2 || counted > count * 2;
  });
  expect(wrong).toEqual([]);
});

test('the same seed is the same history, step by step', async () => {
  const [once, again] = [await play(7, {}, true), await play(7, {}, true)];
  expect(once.lines.length).toBeGreaterThan(100);
  expect(again.lines).toEqual(once.lines);
});
