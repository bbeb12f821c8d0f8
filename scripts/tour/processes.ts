import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** The child processes of the tour. They always end with the tour, even if it fails. */
export class Processes {
  private readonly children = new Map<string, ChildProcess>();
  private isOver = false;

  constructor() {
    process.once('exit', () => this.kill('SIGKILL'));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  }

  /** Starts a process. If it exits early, the tour ends. */
  start(name: string, command: string, args: readonly string[], environment: Record<string, string> = {}): void {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, ...environment };
    const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('exit', (code, signal) => {
      this.children.delete(name);
      if (this.isOver) return;
      console.error(`${name} exited early: ${code ?? signal}.`);
      process.exit(1);
    });
    this.children.set(name, child);
  }

  async stopAll(): Promise<void> {
    this.isOver = true;
    const ends = [...this.children.values()].map((child) => once(child, 'exit'));
    this.kill('SIGTERM');
    await Promise.race([Promise.all(ends), sleep(3000, undefined, { ref: false })]);
    this.kill('SIGKILL');
  }

  private kill(signal: NodeJS.Signals): void {
    this.isOver = true;
    for (const child of this.children.values()) child.kill(signal);
  }
}

/** Waits for a condition for at most 20 s. @throws with `what` in the message */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await condition().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`Timed out after 20 seconds, waiting until ${what}.`);
}

/** Whether a program of this name can be run. */
export function isOnPath(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}
