import type { Redis } from 'ioredis';
import type { TcpProxy } from '../redis/tcp-proxy.js';
import type { Rig, WantedKeys } from '../support/rig.js';
import { exchange } from './exchange.js';
import { filledIn, type Message } from './message.js';
import { type PlainAnswer, Placeholders, type Time } from './placeholders.js';

/** One service with its settings, and everything that is played against it, in this order. */
export interface Stage {
  readonly name: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Internal API keys beside the one that every stage has, `desk`, which may do everything. */
  readonly keys?: WantedKeys;
  /** Memory unless given. The clock of a Redis is the real one, and nothing moves it. */
  readonly redis?: true;
  /** Real where an answer counts down by a clock of the process, which nothing moves either. */
  readonly time?: Time;
  /** It mostly waits, so it is played beside the others. */
  readonly isSlow?: true;
  readonly scenarios: readonly Scenario[];
}

/** Some requests that belong together; users of their own. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A step with a name is an entry of the recording. */
export interface Step {
  /** What is asked, in plain words. */
  readonly name?: string;
  readonly movesClock?: true;
  readonly play: (scene: Scene) => Promise<unknown>;
}

/** What was asked, as the table has it, and what was answered. */
export interface Entry extends PlainAnswer {
  readonly asked: string;
}

/** A running service, and the Redis behind it. */
export interface Running {
  readonly rig: Rig;
  /** Absent: the service has none. */
  readonly redis?: { readonly client: Redis; readonly keyPrefix: string; readonly way: TcpProxy };
}

/** A scenario that is being played. */
export class Scene {
  readonly entries = new Map<string, Entry>();
  private readonly values = new Map<string, string>();
  private readonly begun = new Map<string, Promise<Entry>>();

  constructor(
    readonly running: Running,
    private readonly placeholders: Placeholders,
  ) {
    for (const [id, key] of Object.entries(running.rig.apiKeys)) this.know(`key: ${id}`, key);
    this.know('key: login-backend', running.rig.apiKey);
  }

  get rig(): Rig {
    return this.running.rig;
  }

  /** A value that messages may name from now on, and that is written by its name. */
  know(name: string, value: string): void {
    this.values.set(name, value);
    this.placeholders.know(name, value);
  }

  value(name: string): string {
    return filledIn(`<${name}>`, this.values);
  }

  /** Sends without waiting for the answer. */
  begin(name: string, { port, bytes }: Message, keep: Readonly<Record<string, string>> = {}): void {
    const filled = filledIn(bytes, this.values);
    const asked = bytes.split('\r\n', 1)[0] ?? '';
    this.begun.set(
      name,
      exchange(this.rig.ports[port], filled).then((answer) => {
        if (!answer) return { asked, status: 'the connection ended without an answer', headers: {} };
        for (const [value, property] of Object.entries(keep)) this.know(value, JSON.parse(answer.body)[property]);
        return { asked, ...this.placeholders.plain(name, answer) };
      }),
    );
  }

  /** Waits for the answer to what was begun under this name. */
  async end(name: string): Promise<void> {
    const entry = await this.begun.get(name);
    if (!entry) throw new Error(`${name}: was not begun`);
    this.entries.set(name, entry);
  }
}
