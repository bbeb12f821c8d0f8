import { median } from '../bench/quantiles.js';

/** How much a series may rise from one third of a run to the next: the larger of the two. */
export interface Allowance {
  /** In the series' own unit. */
  readonly by: number;
  /** Of the median of the second third. */
  readonly share?: number;
}

export interface Trend {
  /** Medians of the second and of the last third. */
  readonly second: number;
  readonly last: number;
  /** From the middle of the second third to the middle of the last. Below 0 it falls. */
  readonly rise: number;
  readonly allowed: number;
  readonly isFlat: boolean;
}

/** Of a series that is shorter nothing can be told. */
export const FEWEST = 9;

/**
 * Whether a series, measured at equal distances, has stopped growing. The first third is left out: code is compiled
 * and caches are filled then. Through the other two goes the Theil-Sen line, the median of the slopes between all
 * pairs, which a few outliers do not move; it is followed for a third of the run.
 *
 * @throws of fewer than {@link FEWEST}
 */
export function trendOf(series: readonly number[], { by, share = 0 }: Allowance): Trend {
  if (series.length < FEWEST) throw new Error(`${series.length} measurements tell no trend; ${FEWEST} do`);
  const third = Math.floor(series.length / 3);
  const later = series.slice(-2 * third);
  const slopes = later.flatMap((from, index) => later.slice(index + 1).map((to, gap) => (to - from) / (gap + 1)));
  const rise = median(slopes) * third;
  const second = median(later.slice(0, third));
  const allowed = Math.max(by, share * second);
  return { second, last: median(later.slice(third)), rise, allowed, isFlat: rise <= allowed };
}
