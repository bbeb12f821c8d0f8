import type { DrawnPanel } from './panel.ts';

const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#b877d9',
  '#f2495c',
  '#8ab8ff',
  '#ffa6b0',
  '#56a64b',
  '#e0b400',
];
const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#f2cc0c',
  blue: '#5794f2',
  orange: '#ff9830',
  purple: '#b877d9',
  red: '#f2495c',
  gray: '#8e8e9c',
};

/** The colour of a panel's nth series. Colours that the dashboard assigns by name take precedence. */
export function colorOf({ fieldConfig }: DrawnPanel, name: string, index: number): string {
  const own = fieldConfig?.overrides.find(({ matcher }) => matcher.options === name);
  const color = own?.properties[0]?.value.fixedColor;
  return NAMED[color ?? ''] ?? PALETTE[index % PALETTE.length] ?? '#ccccdc';
}

/** The colour of a number, by the highest threshold it has passed. */
export function thresholdColor({ fieldConfig }: DrawnPanel, value: number): string {
  const passed = fieldConfig?.defaults.thresholds.steps.filter((step) => step.value === null || value >= step.value);
  return NAMED[passed?.at(-1)?.color ?? ''] ?? '#ccccdc';
}

/** Formats a number in the way Grafana does for this unit. */
export function inUnit(value: number, unit = 'none'): string {
  if (Number.isNaN(value)) return '–';
  switch (unit) {
    case 'percentunit':
      return `${rounded(value * 100)}%`;
    case 's':
      return value < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`;
    case 'bytes':
      return `${rounded(value / 1024 ** 2)} MiB`;
    case 'cpm':
      return `${rounded(value)} /min`;
    default:
      return rounded(value);
  }
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
