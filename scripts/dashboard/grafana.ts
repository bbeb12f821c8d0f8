import type { Panel, Row } from './panel.ts';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const COLUMNS = 24;
const HEIGHT = { number: 3, lines: 8, stacked: 8, states: 7 } as const;
const TYPE = { number: 'stat', lines: 'timeseries', stacked: 'timeseries', states: 'state-timeline' } as const;
const SCHEMA_VERSION = 39;

/** A dashboard as Grafana's provisioning reads it. */
export function dashboardOf(rows: readonly Row[]): object {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap((row) => {
    const header = {
      id: ++id,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
    };
    const own = linesOf(row.panels).flatMap((line) => {
      const height = Math.max(...line.map(({ kind }) => HEIGHT[kind]));
      let x = 0;
      const placed = line.map((panel) => {
        const gridPos = { x, y, w: panel.width, h: height };
        x += panel.width;
        return panelOf(panel, ++id, gridPos);
      });
      y += height;
      return placed;
    });
    return [header, ...own];
  });
  return {
    uid: 'push-resend',
    title: 'Push Resend',
    description: 'Made by scripts/dashboard.ts: change the rows there.',
    tags: ['push-resend'],
    editable: false,
    schemaVersion: SCHEMA_VERSION,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    graphTooltip: 1,
    templating: { list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
    annotations: { list: [restarts()] },
    panels,
  };
}

/** Breaks a row's panels into lines of 24 columns. */
function linesOf(panels: readonly Panel[]): Panel[][] {
  const lines: Panel[][] = [];
  let left = 0;
  for (const panel of panels) {
    if (panel.width > left) {
      lines.push([]);
      left = COLUMNS;
    }
    lines.at(-1)?.push(panel);
    left -= panel.width;
  }
  return lines;
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { title, description, unit, kind, queries } = panel;
  const targets = queries.map(([expr, legendFormat], index) => ({
    refId: String.fromCodePoint(65 + index),
    datasource: DATASOURCE,
    expr,
    legendFormat,
    instant: kind === 'number',
  }));
  const defaults = {
    unit,
    ...(kind !== 'states' && { min: kind === 'number' ? undefined : 0 }),
    thresholds: thresholdsOf(panel),
    mappings: mappingsOf(panel),
    color: { mode: kind === 'number' || kind === 'states' ? 'thresholds' : 'palette-classic' },
    custom: customOf(panel),
  };
  return {
    id,
    type: TYPE[kind],
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    targets,
    fieldConfig: { defaults, overrides: overridesOf(panel) },
    options: optionsOf(kind),
  };
}

function customOf({ kind, limit }: Panel): object {
  if (kind === 'number') return {};
  if (kind === 'states') return { fillOpacity: 80, lineWidth: 0 };
  return {
    lineWidth: 1,
    fillOpacity: kind === 'stacked' ? 40 : 5,
    showPoints: 'never',
    stacking: { mode: kind === 'stacked' ? 'normal' : 'none' },
    thresholdsStyle: { mode: limit === undefined ? 'off' : 'dashed' },
  };
}

function optionsOf(kind: Panel['kind']): object {
  if (kind === 'number') return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' };
  const legend = { showLegend: kind !== 'states', displayMode: 'list', placement: 'bottom' };
  return {
    legend,
    ...(kind === 'states' ? { showValue: 'never', mergeValues: true } : { tooltip: { mode: 'multi', sort: 'desc' } }),
  };
}

function thresholdsOf({ kind, limit, isBadBelow = false }: Panel): object {
  if (kind === 'states') return { mode: 'absolute', steps: [step('transparent', null), step('red', 1)] };
  const [first, second] = isBadBelow ? ['red', 'green'] : ['green', 'red'];
  return {
    mode: 'absolute',
    steps: [step(limit === undefined ? 'green' : first, null), ...(limit === undefined ? [] : [step(second, limit)])],
  };
}

function overridesOf({ colors = {} }: Panel): object[] {
  return Object.entries(colors).map(([name, fixedColor]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));
}

function step(color = 'green', value: number | null) {
  return { color, value };
}

function mappingsOf({ words }: Panel): object[] {
  if (!words) return [];
  const options = Object.fromEntries(words.map((text, value) => [String(value), { text, index: value }]));
  return [{ type: 'value', options }];
}

/** A mark where an instance began. */
function restarts(): object {
  return {
    name: 'Starts',
    datasource: DATASOURCE,
    enable: true,
    iconColor: 'blue',
    expr: 'changes(process_start_time_seconds{job="push-resend"}[1m]) > 0',
    titleFormat: 'started',
    textFormat: '{{instance}}',
  };
}
