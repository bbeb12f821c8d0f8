/** Prometheus' own checker for the whole test run: the one on PATH, else Debian's, installed as root. */
import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { installFromDebian } from './debian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether there is one: `promtool()` fails the test that asks where there is none. */
    hasPromtool: boolean;
  }
}

export default function setup(project: TestProject): void {
  project.provide('hasPromtool', isOnPath() || (installFromDebian('prometheus', 'No promtool on PATH') && isOnPath()));
}

/** Runs promtool. @returns its exit code, 0 for no objection, and everything it said */
export function promtool(args: readonly string[], input = ''): { code: number | null; said: string } {
  if (!inject('hasPromtool')) {
    throw new Error('No promtool: put that of Prometheus on PATH (Debian: apt-get install prometheus).');
  }
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
}

function isOnPath(): boolean {
  return spawnSync('promtool', ['--version']).status === 0;
}
