import type { Colors } from './colors.ts';

/** A panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** What it shows, in words. */
  readonly description: string;
  /** Grafana's unit id. */
  readonly unit: string;
  /** `number` shows the current value; the others show series over time, in `states` each 0 or 1. */
  readonly kind: 'number' | 'lines' | 'stacked' | 'states';
  /** PromQL, and the name of its series. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** In columns, of 24. */
  readonly width: number;
  /** Threshold: draws a line in charts, and turns numbers red. */
  readonly limit?: number;
  /** Values below the limit are red, instead of those above. */
  readonly isBadBelow?: boolean;
  /** Fixed colours by series name. */
  readonly colors?: Colors;
  /** Texts for 0 and 1. */
  readonly words?: readonly [zero: string, one: string];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
