import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Only a start that fails waits for this. */
const STARTS_WITHIN_MS = 60_000;

/** How a process is looked at from outside. */
export interface Watch {
  /** For Node, before the path of the service. */
  readonly nodeArguments?: readonly string[];
  /** Gets every line of its log but those of its start. */
  readonly onLine?: (line: string) => void;
}

/** One process of the built service, which can be killed, paused and started again. Its ports change with each start. */
export class Instance {
  private child: ChildProcess | undefined;
  private ports = { public: 0, private: 0 };
  private readonly underWay = new Set<{ readonly since: number }>();

  constructor(
    private readonly main: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly watch: Watch = {},
  ) {}

  /** @throws while it does not run */
  get process(): ChildProcess {
    if (this.child === undefined) throw new Error('the instance does not run');
    return this.child;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.public}`;
  }

  get privateUrl(): string {
    return `http://127.0.0.1:${this.ports.private}`;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Asks it something, and remembers for how long. */
  async ask<Told>(question: (url: string) => Promise<Told>): Promise<Told> {
    const asked = { since: Date.now() };
    this.underWay.add(asked);
    try {
      return await question(this.url);
    } finally {
      this.underWay.delete(asked);
    }
  }

  /** Whether a request to it has been under way for so long: then it is in the middle of something. */
  isBusyFor(ms: number): boolean {
    return [...this.underWay].some(({ since }) => Date.now() - since >= ms);
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [...(this.watch.nodeArguments ?? []), this.main], {
      env: { ...this.environment, HOST: '127.0.0.1', PORT: '0', PRIVATE_PORT: '0', LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const endWithUs = () => void child.kill('SIGKILL'); // also when the test run is stopped half-way
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    const { stdout } = child;
    if (stdout === null) throw new Error('no stdout');
    const tooSlow = setTimeout(() => child.kill('SIGKILL'), STARTS_WITHIN_MS);
    try {
      for await (const line of createInterface({ input: stdout })) {
        const { event, port, privatePort } = JSON.parse(line) as Record<string, number | string>;
        if (event !== 'started') continue;
        this.ports = { public: Number(port), private: Number(privatePort) };
        this.child = child;
        break;
      }
    } finally {
      clearTimeout(tooSlow);
    }
    if (this.child !== child) throw new Error('The service ended, or did not start in time.');
    createInterface({ input: stdout }).on('line', this.watch.onLine ?? (() => undefined));
  }

  /** `kill -9`: nothing is finished, nothing is said. */
  async crash(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** As a virtual machine that is moved: it does not know that time passes. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }
}
