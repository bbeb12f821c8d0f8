import { clock } from '../alert-watch.ts';
import { escaped } from './format.ts';
import { type DrawnLine, type DrawnPanel, type Stage, ticksOf } from './panel.ts';

const BOTTOM = 20;
const MOST_ROW_HEIGHT = 26;
const CHARACTER_WIDTH = 7;

/** Draws one row per series, with a bar wherever the series is 1, as SVG. */
export function statesOf({ lines }: DrawnPanel, { seconds, marks }: Stage, width: number, height: number): string {
  if (lines.length === 0) return '<p class="none">none</p>';
  const rows = lines.toSorted((one, other) => firstOn(one) - firstOn(other));
  const left = 16 + Math.max(...rows.map(({ name }) => name.length)) * CHARACTER_WIDTH;
  const rowHeight = Math.min(MOST_ROW_HEIGHT, (height - BOTTOM) / rows.length);
  const end = rowHeight * rows.length;
  const x = (at: number) => left + (at / seconds) * (width - left - 8);
  const bars = rows.map((row, index) => {
    const y = index * rowHeight;
    const label = `<text class="name" text-anchor="end" x="${left - 8}" y="${y + rowHeight / 2 + 4}">${escaped(row.name)}</text>`;
    const track = `<rect class="track" x="${left}" width="${width - left - 8}" y="${y + 3}" height="${rowHeight - 6}" rx="2"/>`;
    const spans = spansOf(row).map(
      ([from, to]) =>
        `<rect fill="#f2495c" x="${x(from)}" width="${Math.max(2, x(to) - x(from))}" y="${y + 3}" height="${rowHeight - 6}" rx="2"/>`,
    );
    return label + track + spans.join('');
  });
  const lined = marks.map((at) => `<line class="mark" x1="${x(at)}" x2="${x(at)}" y1="0" y2="${end}"/>`);
  const times = ticksOf({ seconds, marks }, width - left).map(
    (at) => `<text class="axis" text-anchor="middle" x="${x(at)}" y="${end + 15}">${clock(at)}</text>`,
  );
  return `<svg width="${width}" height="${height}">${[...bars, ...lined, ...times].join('')}</svg>`;
}

function firstOn({ points }: DrawnLine): number {
  return points.find(([, value]) => value >= 1)?.[0] ?? Number.POSITIVE_INFINITY;
}

/** The times in which a series is 1, as [from, to]. Samples are one second apart. */
function spansOf({ points }: DrawnLine): [number, number][] {
  const spans: [number, number][] = [];
  for (const [at, value] of points) {
    if (!(value >= 1)) continue;
    const last = spans.at(-1);
    if (last && at - last[1] < 1.5) last[1] = at;
    else spans.push([at, at + 1]);
  }
  return spans;
}
