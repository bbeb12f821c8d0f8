import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const CORES = availableParallelism();

/**
 * Gives the measured processes a core of their own, and all others the rest. Otherwise the kernel decides anew in each
 * round who shares a core with whom, and the same request costs up to twice as much in one round as in the next.
 * Does nothing with one core, and where there is no `taskset` (it is Linux's).
 * @returns lets all of them run everywhere again
 */
export function keepApart(measured: readonly number[], others: readonly number[]): () => void {
  if (CORES < 2 || !hasTaskset()) return () => undefined;
  for (const pid of measured) confine(pid, '0');
  for (const pid of others) confine(pid, `1-${CORES - 1}`);
  return () => others.forEach((pid) => confine(pid, `0-${CORES - 1}`));
}

/** With all its threads. */
function confine(pid: number, cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], { stdio: 'ignore' });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
