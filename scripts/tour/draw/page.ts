import { clock } from '../alert-watch.ts';
import { PACE } from '../short.ts';
import { chartOf, legendOf } from './chart.ts';
import { escaped, inUnit, thresholdColor } from './format.ts';
import type { DrawnPanel, Stage } from './panel.ts';
import { statesOf } from './states.ts';

/** A part of the run. `at`: seconds since the start of the run. */
export interface Act {
  readonly title: string;
  readonly at: number;
}

const COLUMN = 66;
const LINE = 27;
const GAP = 8;

/** Renders the dashboard as a self-contained HTML page. */
export function pageOf(
  panels: readonly DrawnPanel[],
  { from, to, acts }: { from: number; to: number; acts: readonly Act[] },
): string {
  const stage: Stage = { seconds: to - from, marks: acts.slice(1).map(({ at }) => at) };
  const strip = acts.map(({ title, at }, index) => {
    const end = acts[index + 1]?.at ?? stage.seconds;
    const width = `${(((end - at) / stage.seconds) * 100).toFixed(2)}%`;
    return `<div style="width:${width}"><b>${clock(at)}</b> ${escaped(title)}</div>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style>
<header><h1>Push Resend</h1><p>npm run tour: two instances on one Redis, a simulated Twilio, a real Prometheus with the real rules.
Every window of theirs is shortened ${PACE} times: an hour is a minute here.</p></header>
<nav>${strip.join('')}</nav><main>${panels.map((panel) => cellOf(panel, stage)).join('')}</main>`;
}

function cellOf(panel: DrawnPanel, stage: Stage): string {
  const { x, y, w, h } = panel.gridPos;
  const place = `grid-column:${x + 1}/span ${w};grid-row:${y + 1}/span ${h}`;
  if (panel.type === 'row') return `<h2 style="${place}">${escaped(panel.title)}</h2>`;
  const width = w * COLUMN + (w - 1) * GAP - 22;
  const height = h * LINE + (h - 1) * GAP - 40;
  return `<section style="${place}"><h3>${escaped(panel.title)}</h3>${bodyOf(panel, stage, width, height)}</section>`;
}

function bodyOf(panel: DrawnPanel, stage: Stage, width: number, height: number): string {
  switch (panel.type) {
    case 'stat':
      return numbersOf(panel);
    case 'state-timeline':
      return statesOf(panel, stage, width, height);
    case 'timeseries':
      return chartOf(panel, stage, width, height - 36) + legendOf(panel);
    case 'row':
      return '';
  }
}

/** The last value of each series. */
function numbersOf(panel: DrawnPanel): string {
  const { unit, mappings } = panel.fieldConfig?.defaults ?? {};
  const numbers = panel.lines.map(({ name, points }) => {
    const value = points.findLast(([, one]) => !Number.isNaN(one))?.[1] ?? Number.NaN;
    const text = mappings?.[0]?.options[String(value)]?.text ?? inUnit(value, unit);
    const label = panel.lines.length > 1 || panel.title === 'Version' ? `<small>${escaped(name)}</small>` : '';
    return `<div class="number" style="color:${thresholdColor(panel, value)}">${label}${escaped(text)}</div>`;
  });
  return numbers.join('') || '<p class="none">no data</p>';
}

const STYLE = `
  body { margin: 0; padding: 20px 24px; background: #111217; color: #d8d9e3; font: 13px/1.35 "DejaVu Sans", sans-serif; }
  header { display: flex; align-items: baseline; gap: 18px; }
  h1 { margin: 0; font-size: 24px; } header p { margin: 0; color: #9a9ba8; }
  nav { display: flex; margin: 14px 0 10px; border-radius: 3px; overflow: hidden; }
  nav div { box-sizing: border-box; padding: 6px 10px; background: #23262d; border-left: 2px solid #111217; white-space: nowrap; }
  nav div:nth-child(even) { background: #4a2229; } nav b { color: #9a9ba8; font-weight: normal; margin-right: 4px; }
  main { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: ${LINE}px; gap: ${GAP}px; }
  h2 { margin: 0; align-self: end; font-size: 15px; color: #fff; }
  section { background: #181b1f; border: 1px solid #25282e; border-radius: 3px; padding: 7px 10px; overflow: hidden; }
  h3 { margin: 0 0 4px; font-size: 13px; font-weight: 600; color: #c7c8d4; }
  .number { font-size: 30px; font-weight: 600; margin-top: 8px; } .number small { font-size: 14px; color: #9a9ba8; margin-right: 10px; }
  .none { color: #73747f; } .legend { display: flex; flex-wrap: wrap; gap: 0 14px; height: 36px; overflow: hidden; font-size: 12px; }
  .legend i { display: inline-block; width: 11px; height: 3px; margin-right: 5px; vertical-align: middle; }
  svg { display: block; font: 11px "DejaVu Sans", sans-serif; } .axis { fill: #8e8f9b; } .name { fill: #d8d9e3; font-size: 12px; }
  .grid { stroke: #2a2d34; } .mark { stroke: #7f8290; stroke-dasharray: 2 4; } .limit { stroke: #f2495c; stroke-dasharray: 6 4; }
  .track { fill: #20232a; }
`;
