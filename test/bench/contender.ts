import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Usage } from './told.ts';

const TOLD = new URL('told.ts', import.meta.url).href;

/** A process of this benchmark. It writes to nowhere, and ends with us. */
export class Contender {
  private readonly child: ChildProcess;
  private readonly ended: Promise<never>;

  /** @param main a module, its path or its name in this folder */
  constructor(main: string, environment: Readonly<Record<string, string>>) {
    const path = main.startsWith('/') ? main : fileURLToPath(new URL(main, import.meta.url));
    this.child = spawn(process.execPath, ['--import', TOLD, path], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.ended = once(this.child, 'exit').then(() => Promise.reject(new Error(`${main} ended`)));
    this.ended.catch(() => undefined); // told to whoever asks
    process.prependOnceListener('exit', () => this.child.kill('SIGKILL')); // before the Redis that it talks to
  }

  /** The port that the process tells when it listens. */
  async port(): Promise<number> {
    return Number(await this.told());
  }

  async usage(): Promise<Usage> {
    this.child.send('usage');
    return (await this.told()) as Usage;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private async told(): Promise<unknown> {
    const message = new Promise((resolve) => this.child.once('message', resolve));
    return Promise.race([message, this.ended]);
  }
}
