import { readFileSync } from 'node:fs';

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

const file = new URL('../../ops/grafana/dashboards/push-resend.json', import.meta.url);

/** The dashboard that Grafana is given. */
export const dashboard = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly title: string;
  readonly panels: readonly Panel[];
};
