/**
 * Mann-Whitney's test of whether the numbers of one sample tend to be greater than those of the other, as a standard score:
 * beyond ±5 by chance once in a million times, whatever the distribution is. Without ties, which times do not have.
 */
export function rankSumScore(one: readonly number[], other: readonly number[]): number {
  const both = [...one.map((value) => ({ value, isOne: true })), ...other.map((value) => ({ value, isOne: false }))];
  both.sort((a, b) => a.value - b.value);
  const ranks = both.reduce((sum, { isOne }, index) => (isOne ? sum + index + 1 : sum), 0);
  const pairs = one.length * other.length;
  const above = ranks - (one.length * (one.length + 1)) / 2;
  return (above - pairs / 2) / Math.sqrt((pairs * (both.length + 1)) / 12);
}
