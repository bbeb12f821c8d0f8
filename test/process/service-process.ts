import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import supertest from 'supertest';

/** A test that waits longer for a process than this has failed; the process is killed. */
const LIVES_AT_MOST_MS = 40_000;

/** The built service as a process of its own. Everything it writes is kept. */
export class ServiceProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | NodeJS.Signals | null>;
  private ports = { public: 0, private: 0 };
  /** What it wrote to stdout and stderr so far. */
  output = '';

  private constructor(main: string, environment: Readonly<Record<string, string>>, livesAtMostMs: number) {
    this.child = spawn(process.execPath, [main], {
      env: { HOST: '127.0.0.1', PORT: '0', PRIVATE_PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const deadline = setTimeout(() => this.child.kill('SIGKILL'), livesAtMostMs);
    this.child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code, signal]: unknown[]) => {
      clearTimeout(deadline);
      return (code ?? signal) as number | NodeJS.Signals | null;
    });
  }

  /** @returns when it listens or has ended */
  static async start(
    main: string,
    environment: Readonly<Record<string, string>>,
    livesAtMostMs = LIVES_AT_MOST_MS,
  ): Promise<ServiceProcess> {
    const service = new ServiceProcess(main, environment, livesAtMostMs);
    const { stdout } = service.child;
    if (stdout === null) throw new Error('no stdout');
    const listening = Promise.withResolvers<void>();
    createInterface({ input: stdout }).on('line', (line) => {
      service.output += `${line}\n`;
      if (!line.includes('"event":"started"')) return;
      const { port, privatePort } = JSON.parse(line) as { port: number; privatePort: number };
      service.ports = { public: port, private: privatePort };
      listening.resolve();
    });
    await Promise.race([listening.promise, service.ended]);
    return service;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process could not be started');
    return this.child.pid;
  }

  get residentBytes(): number {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) * 1024;
  }

  get privatePort(): number {
    return this.ports.private;
  }

  get publicPort(): number {
    return this.ports.public;
  }

  get api() {
    return supertest(`http://127.0.0.1:${this.ports.public}`);
  }

  get ops() {
    return supertest(`http://127.0.0.1:${this.ports.private}`);
  }

  /** The lines of its log with this event. */
  logged(event: string): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** @returns true */
  kill(signal: NodeJS.Signals): true {
    this.child.kill(signal);
    return true;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The code it ended with, or the signal. */
  end(): Promise<number | NodeJS.Signals | null> {
    return this.ended;
  }

  async remove(): Promise<void> {
    if (!this.hasEnded) this.child.kill('SIGKILL');
    await this.ended;
  }
}
