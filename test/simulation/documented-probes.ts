/** The counts of docs/invariants.md: those of one run of the simulation, in rows `| I1 | case | count |`. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Counts, Probe } from './probes.js';

const PAGE = new URL('../../docs/invariants.md', import.meta.url);
const ROW = /^\| (I\d+) \| (.+) \| ([\d,]+) \|$/gm;

export interface Row {
  readonly invariant: string;
  readonly probe: Probe;
  readonly count: number;
}

export function documentedProbes(): Row[] {
  return [...readFileSync(PAGE, 'utf8').matchAll(ROW)].map(([, invariant = '', probe = '', count = '']) => ({
    invariant,
    probe: probe as Probe,
    count: Number(count.replaceAll(',', '')),
  }));
}

/** Writes these counts in their rows. */
export function documentProbes(counts: Counts): void {
  const page = readFileSync(PAGE, 'utf8').replaceAll(ROW, (_, invariant: string, probe: string) => {
    return `| ${invariant} | ${probe} | ${(counts.get(probe as Probe) ?? 0).toLocaleString('en-US')} |`;
  });
  writeFileSync(PAGE, page);
}
