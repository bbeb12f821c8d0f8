import type { Colors } from './colors.ts';

/** A panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** What it tells, in words. */
  readonly description: string;
  /** Grafana's id of the unit. */
  readonly unit: string;
  /** `lines`, `stacked`: over time. `number`: now. `states`: over time, each 0 or 1. */
  readonly kind: 'number' | 'lines' | 'stacked' | 'states';
  /** PromQL and what each series of it is called. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** Of 24 columns. */
  readonly width: number;
  /** Where a line is drawn, and a number turns red. */
  readonly limit?: number;
  /** Red is what is below. */
  readonly isBadBelow?: boolean;
  /** Where the name of a series says more than its turn. */
  readonly colors?: Colors;
  /** What 0 and 1 mean. */
  readonly words?: readonly [zero: string, one: string];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
