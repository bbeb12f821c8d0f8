import { clock } from '../alert-watch.ts';
import { colorOf, escaped, inUnit } from './format.ts';
import { type DrawnLine, type DrawnPanel, type Stage, ticksOf } from './panel.ts';

const LEFT = 62;
const BOTTOM = 20;
const TOP = 8;
const STEPS = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];
/** Points further apart than this many seconds are not connected. */
const GAP = 2;

/** Draws lines or stacked areas over time, with axes, as SVG. */
export function chartOf(panel: DrawnPanel, stage: Stage, width: number, height: number): string {
  const { unit = 'none', custom, thresholds } = panel.fieldConfig?.defaults ?? {};
  const isStacked = custom?.stacking?.mode === 'normal';
  const drawn = isStacked ? stacked(panel.lines, stage.seconds) : panel.lines.map((line) => ({ ...line, base: [] }));
  const values = drawn.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const limit = custom?.thresholdsStyle?.mode === 'dashed' ? thresholds?.steps.at(-1)?.value : undefined;
  const top = niceTop(Math.max(0, ...values));

  const x = (seconds: number) => LEFT + (seconds / stage.seconds) * (width - LEFT - 8);
  const y = (value: number) => TOP + (1 - value / top) * (height - TOP - BOTTOM);
  const path = (points: DrawnLine['points']) =>
    points
      .filter(([, value]) => Number.isFinite(value))
      .map(([at, value], index, all) => {
        const before = all[index - 1]?.[0] ?? Number.NEGATIVE_INFINITY;
        return `${Math.abs(at - before) > GAP ? 'M' : 'L'}${x(at).toFixed(1)},${y(value).toFixed(1)}`;
      })
      .join('');

  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(part * top);
    return `<line class="grid" x1="${LEFT}" x2="${width - 8}" y1="${at}" y2="${at}"/><text class="axis" text-anchor="end" x="${LEFT - 7}" y="${at + 4}">${inUnit(part * top, unit)}</text>`;
  });
  const times = ticksOf(stage, width - LEFT).map(
    (at) => `<text class="axis" text-anchor="middle" x="${x(at)}" y="${height - 4}">${clock(at)}</text>`,
  );
  const marks = stage.marks.map(
    (at) => `<line class="mark" x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${height - BOTTOM}"/>`,
  );
  const lines = drawn.map((line, index) => {
    const color = colorOf(panel, line.name, index);
    const own = line.points.filter(([, value], at) => value > (line.base[at]?.[1] ?? Number.NEGATIVE_INFINITY));
    const edge = `<path d="${path(own)}" fill="none" stroke="${color}" stroke-width="1.6"/>`;
    if (!isStacked) return edge;
    const back = path(line.base.toReversed()).replace('M', 'L');
    return `<path d="${path(line.points)}${back}Z" fill="${color}" fill-opacity="0.45"/>${edge}`;
  });
  const isLimitSeen = limit !== undefined && limit !== null && limit <= top;
  const line = isLimitSeen
    ? `<line class="limit" x1="${LEFT}" x2="${width - 8}" y1="${y(limit)}" y2="${y(limit)}"/>`
    : '';
  return `<svg width="${width}" height="${height}">${[...grid, ...times, ...marks, ...lines, line].join('')}</svg>`;
}

/** The legend of the series, largest maximum first. */
export function legendOf(panel: DrawnPanel): string {
  const entries = panel.lines
    .map(({ name, points }, index) => ({ name, index, most: Math.max(0, ...points.map(([, value]) => value || 0)) }))
    .toSorted((one, other) => other.most - one.most)
    .map(({ name, index }) => `<span><i style="background:${colorOf(panel, name, index)}"></i>${escaped(name)}</span>`);
  return `<div class="legend">${entries.join('')}</div>`;
}

/** Stacks each series on the previous ones. A missing value is 0. */
function stacked(lines: readonly DrawnLine[], seconds: number): (DrawnLine & { base: DrawnLine['points'] })[] {
  const instants = Array.from({ length: Math.floor(seconds) + 1 }, (_, at) => at);
  let base: DrawnLine['points'] = instants.map((at) => [at, 0] as const);
  return lines.map(({ name, points }) => {
    const values = new Map(points.map(([at, value]) => [Math.round(at), Number.isFinite(value) ? value : 0]));
    const below = base;
    base = below.map(([at, value]) => [at, value + (values.get(at) ?? 0)] as const);
    return { name, points: base, base: below };
  });
}

/** Rounds up to the next round number, for the top of the axis. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find((step) => step * power >= value) ?? 10) * power;
}
