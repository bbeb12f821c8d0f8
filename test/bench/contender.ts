import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { programPath } from './programs.ts';
import type { Usage } from './told.ts';

const running = new Set<ChildProcess>();
// First of all listeners: a process must not outlive the Redis that it talks to.
process.prependOnceListener('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A process of this benchmark. It writes to nowhere, and ends with us. */
export class Contender {
  private readonly child: ChildProcess;
  private readonly ended: Promise<never>;

  /** @param path of a module */
  constructor(path: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, ['--import', programPath('told'), path], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    this.ended = once(this.child, 'exit').then(() => Promise.reject(new Error(`${path} ended`)));
    this.ended.catch(() => undefined); // told to whoever asks
  }

  /** The port that the process tells when it listens. */
  async port(): Promise<number> {
    return Number(await this.told());
  }

  async usage(): Promise<Usage> {
    return (await this.ask('usage')) as Usage;
  }

  /** Sends it a message. @returns the next message from it */
  async ask(message: object | string): Promise<unknown> {
    this.child.send(message);
    return this.told();
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  async stop(): Promise<void> {
    if (!running.has(this.child)) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private async told(): Promise<unknown> {
    const message = new Promise((resolve) => this.child.once('message', resolve));
    return Promise.race([message, this.ended]);
  }
}
