import { expect, test } from 'vitest';
import { expectNoViolation } from './seeds.js';
import { play } from './simulation.js';

const DAY_MS = 24 * 3_600_000;

test('in every history every invariant holds', { timeout: DAY_MS }, async () => {
  const { taps, sends, guesses } = await expectNoViolation(0.75, {});
  expect(sends).toBeGreaterThan(taps / 10);
  expect(guesses).toBeGreaterThan(0);
});

test('the same seed is the same history, step by step', async () => {
  const [once, again] = [await play(7, {}, true), await play(7, {}, true)];
  expect(once.lines.length).toBeGreaterThan(100);
  expect(again.lines).toEqual(once.lines);
});
