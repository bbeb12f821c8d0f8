/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Two decimals; empty where there is no number. */
export function ratio(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(2);
}

/** `≤ 1.6: met`, `≥ 1.8: missed`. The value counts as it is printed; without one the goal alone is told. */
export function goal(value: number, sign: '≤' | '≥', bound: number): string {
  if (Number.isNaN(value)) return `${sign} ${bound}`;
  const printed = Number(value.toFixed(2));
  const isMet = sign === '≤' ? printed <= bound : printed >= bound;
  return `${sign} ${bound}: ${isMet ? 'met' : 'missed'}`;
}
