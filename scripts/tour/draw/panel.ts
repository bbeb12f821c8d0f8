/** The part of a Grafana panel that is drawn here. */
export interface Panel {
  readonly type: 'row' | 'stat' | 'timeseries' | 'state-timeline';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit: string;
      readonly thresholds: { readonly steps: readonly { readonly color: string; readonly value: number | null }[] };
      readonly mappings: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
      readonly custom: {
        readonly stacking?: { readonly mode: string };
        readonly thresholdsStyle?: { readonly mode: string };
      };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly value: { readonly fixedColor: string } }[];
    }[];
  };
}

/** A series: `[seconds since the start, value]`. */
export interface DrawnLine {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface DrawnPanel extends Panel {
  readonly lines: readonly DrawnLine[];
}

/** The time axis: the length of the run in seconds, and the start of each act. */
export interface Stage {
  readonly seconds: number;
  readonly marks: readonly number[];
}

const TICK_STEPS = [10, 30, 60, 120];
const TICK_WIDTH = 55;

/** The times, in seconds, to label below a chart: as many as fit into `width` pixels. */
export function ticksOf({ seconds }: Stage, width: number): number[] {
  const step = TICK_STEPS.find((one) => (seconds / one) * TICK_WIDTH <= width) ?? seconds;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}
