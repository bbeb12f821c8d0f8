/** slowhttptest for a test: the one on PATH, else Debian's, installed as root. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { installFromDebian } from './debian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether there is one: `startSlowHttpTest()` fails the test that asks where there is none. */
    hasSlowHttpTest: boolean;
  }
}

export default function setup(project: TestProject): void {
  const isThere = isOnPath() || (installFromDebian('slowhttptest', 'No slowhttptest on PATH') && isOnPath());
  project.provide('hasSlowHttpTest', isThere);
}

/** A running slowhttptest. */
export interface SlowHttpTest {
  /** Everything that it has told so far. */
  said(): string;
  /** Resolves when it has ended: of itself, when its time is over or its last connection was closed. */
  readonly ended: Promise<void>;
  stop(): void;
}

export function startSlowHttpTest(...options: readonly string[]): SlowHttpTest {
  if (!inject('hasSlowHttpTest')) {
    throw new Error('No slowhttptest: put one on PATH (Debian: apt-get install slowhttptest).');
  }
  const child: ChildProcess = spawn('slowhttptest', options, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return { said: () => said, ended, stop: () => void child.kill('SIGKILL') };
}

function isOnPath(): boolean {
  return spawnSync('slowhttptest', ['-h']).error === undefined;
}
