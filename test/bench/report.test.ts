import { expect, test } from 'vitest';
import { Costs } from './costs.js';
import { median, quantile } from './quantiles.js';
import { summed } from './redis-calls.js';
import { inTurns } from './rounds.js';
import { goal, ratio, table } from './tables.js';

/** The pure parts of the benchmark's report. */
test('a quantile is the smallest number that is not exceeded by that share', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([50, 99, 100]);
  expect(quantile([7], 0.99)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a median is the number in the middle, or the mean of two', () => {
  expect(median([30, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 30])).toBe(3);
  expect(median([])).toBeNaN();
});

test('a table is Markdown', () => {
  expect(table(['request', 'bare'], [['accepted', '1.00']])).toBe('| request | bare |\n|---|---|\n| accepted | 1.00 |');
});

test('a goal is met or missed by the number as it is printed', () => {
  expect(goal(1.604, '≤', 1.6)).toBe('≤ 1.6: met');
  expect(goal(1.61, '≤', 1.6)).toBe('≤ 1.6: missed');
  expect(goal(1.8, '≥', 1.8)).toBe('≥ 1.8: met');
  expect(goal(1.79, '≥', 1.8)).toBe('≥ 1.8: missed');
  expect(goal(Number.NaN, '≤', 1.6)).toBe('≤ 1.6');
  expect(ratio(Number.NaN)).toBe('');
});

test('a ratio compares within a round: a machine that gets slower changes nothing', () => {
  const costs = new Costs();
  for (const slowness of [1, 1, 5]) {
    costs.add('bare', 'refused', 100 * slowness);
    costs.add('peer', 'refused', 200 * slowness);
    costs.add('peer', 'look', 300 * slowness);
  }
  expect(costs.ratio('peer', 'refused')).toBe(2);
  expect(costs.ratio('peer', 'look')).toBe(3); // bare has no look: the refused tap stands for it
  expect(costs.micros('peer', 'refused')).toBe(200);
  expect(costs.ratio('L', 'look', 'peer')).toBeNaN();
});

test('in turns, each is the first once', async () => {
  const order: string[] = [];
  const rounds = await inTurns(['a', 'b', 'c'], { rounds: 3, budgetMs: 60_000 }, async (one) => void order.push(one));
  expect(rounds).toBe(3);
  expect(order.join('')).toBe('abcbcacab');
});

test('a budget that is used up ends the rounds after the first', async () => {
  expect(await inTurns(['a'], { rounds: 9, budgetMs: -1 }, async () => undefined)).toBe(1);
});

test('calls are summed by name, for one request', () => {
  expect(summed(['evalsha', 'get', 'evalsha'])).toBe('evalsha ×2, get');
  expect(summed(['evalsha', 'get', 'evalsha', 'get', 'evalsha'], 2)).toBe('evalsha ×1.5, get');
  expect(summed([])).toBe('none');
});
