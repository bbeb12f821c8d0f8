import { expect, test } from 'vitest';
import { Seeded } from '../chaos/seeded.js';
import { trendOf } from './trend.js';

const MIB = 1 << 20;
const allowance = { by: 2 * MIB, share: 0.05 };
const random = new Seeded('a series');

/** Thirty measurements around 60 MiB, up to 1 MiB higher or lower. */
function noise(): number[] {
  return Array.from({ length: 30 }, () => (60 + 2 * random.next() - 1) * MIB);
}

test('what only flickers is flat', () => {
  for (let times = 0; times < 200; times++) expect(trendOf(noise(), allowance).isFlat).toBe(true);
});

test('what grows by a little more than is allowed in a third is found under the noise', () => {
  for (let times = 0; times < 200; times++) {
    const leaking = noise().map((bytes, index) => bytes + index * 0.45 * MIB);
    expect(trendOf(leaking, allowance).isFlat).toBe(false);
  }
});

test('a leak without noise rises by what it leaks in a third', () => {
  const leaking = Array.from({ length: 9 }, (_, index) => 10 + 2 * index);
  expect(trendOf(leaking, { by: 5.9 })).toEqual({ second: 18, last: 24, rise: 6, allowed: 5.9, isFlat: false });
  expect(trendOf(leaking, { by: 6 }).isFlat).toBe(true);
  expect(trendOf(leaking, { by: 1, share: 0.34 }).isFlat).toBe(true);
});

test('what grows only in the first third has been filled, not leaked', () => {
  const filling = Array.from({ length: 30 }, (_, index) => Math.min(index, 10) * 10 * MIB);
  expect(trendOf(filling, allowance).isFlat).toBe(true);
});

test('three outliers hide no leak and make none', () => {
  const outliers = (series: readonly number[], add: number, at: readonly number[]) =>
    series.map((value, index) => (at.includes(index) ? value + add : value));
  expect(trendOf(outliers(noise(), 50 * MIB, [25, 27, 29]), allowance).isFlat).toBe(true);
  const leaking = noise().map((bytes, index) => bytes + index * MIB);
  expect(trendOf(outliers(leaking, 50 * MIB, [10, 11, 12]), allowance).isFlat).toBe(false);
});

test('too few measurements tell nothing', () => {
  expect(() => trendOf([1, 1, 1, 1, 1, 1, 1, 1], allowance)).toThrow('8 measurements');
});
