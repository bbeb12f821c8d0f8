import type { Tap } from './tap.js';
import type { Fate } from './fault-rates.js';
import { currentFaultRates, type World } from './world.js';

export interface Exchange<Answer> {
  /** For the history. */
  readonly what: () => string;
  readonly fate: Fate;
  /** After this the process gives the reply up. */
  readonly deadlineMs: number;
  /** What the other side does when the request arrives. */
  readonly work: () => Answer | Promise<Answer>;
}

/** One process of the service. What it has not heard when it crashes, it never hears; while it is paused, it waits. */
export class Process {
  /** That it serves. */
  readonly taps = new Set<Tap>();
  private boots = 0;
  private pausedUntil = -Infinity;
  private slots = 0;
  private readonly startedAt: number;

  constructor(
    private readonly world: World,
    readonly number: number,
  ) {
    this.startedAt = world.schedule.now - world.random.between(0, 1_000_000);
  }

  get boot(): number {
    return this.boots;
  }

  /** Its own monotonic clock. */
  monotonic(): number {
    return this.world.schedule.now - this.startedAt;
  }

  /** Every story in it ends here, wherever it was; a new process takes its place at once. */
  crash(): void {
    this.world.figures.faults.crash += 1;
    this.world.tell(() => `instance ${this.number} crashes and starts again`);
    for (const tap of this.taps) this.world.record.crashed(tap);
    this.taps.clear();
    this.boots += 1;
    this.slots = 0;
    this.pausedUntil = -Infinity;
  }

  pause(until: number): void {
    this.world.figures.faults.pause += 1;
    this.world.tell(() => `instance ${this.number} is paused for ${until - this.world.schedule.now} ms`);
    this.pausedUntil = Math.max(this.pausedUntil, until);
  }

  wake(): void {
    this.pausedUntil = -Infinity;
  }

  sleep(ms: number): Promise<void> {
    const { boots } = this;
    return new Promise((resolve) => {
      this.world.schedule.after(ms, () => this.react(boots, resolve));
    });
  }

  takeSlot(): Disposable {
    const { boots } = this;
    this.slots += 1;
    return { [Symbol.dispose]: () => void (this.slots -= this.boots === boots ? 1 : 0) };
  }

  get slotsTaken(): number {
    return this.slots;
  }

  /** Sends a request and waits for its reply. @returns undefined when none came in time */
  exchange<Answer>({
    what,
    fate,
    deadlineMs,
    work,
  }: Exchange<Answer>): Promise<{ readonly value: Answer } | undefined> {
    const { schedule, random, tell, figures } = this.world;
    const { boots } = this;
    const deadline = schedule.now + deadlineMs;
    const { requestMs, replyMs, againMs } = fate;
    this.countFaults(fate);
    this.strike(boots, Math.min(deadlineMs, (requestMs ?? deadlineMs) + (replyMs ?? deadlineMs)));

    return new Promise((resolve) => {
      const end = (answer: { readonly value: Answer } | undefined) =>
        this.react(boots, () => {
          const isTooLate = answer === undefined || (schedule.now > deadline && random.chance(0.5));
          if (isTooLate) tell(() => `${what()}: no reply in time`);
          resolve(isTooLate ? undefined : answer);
        });
      if (requestMs === undefined) tell(() => `${what()}: the request is lost`);
      else {
        schedule.after(requestMs, async () => {
          const value = await work();
          if (replyMs === undefined) tell(() => `${what()}: the reply is lost`);
          else schedule.after(replyMs, () => end({ value }));
        });
        if (againMs !== undefined) {
          schedule.after(requestMs + againMs, async () => {
            tell(() => `${what()} arrives again`);
            figures.faults['repeated message'] += 1;
            await work();
          });
        }
      }
      const isInTime = requestMs !== undefined && replyMs !== undefined && requestMs + replyMs < deadlineMs;
      if (!isInTime) schedule.after(deadlineMs, () => end(undefined));
    });
  }

  /** Goes on, unless it is another process by now; later, when it is paused. */
  private react(boots: number, go: () => void): void {
    if (boots !== this.boots) return;
    const { schedule } = this.world;
    if (schedule.now < this.pausedUntil) {
      schedule.after(this.pausedUntil - schedule.now, () => this.react(boots, go));
    } else go();
  }

  /** A crash or a pause somewhere between a request and its reply. */
  private strike(boots: number, withinMs: number): void {
    const { schedule, random, policy } = this.world;
    const { crash, pause } = currentFaultRates(this.world);
    if (random.chance(crash)) {
      schedule.after(random.between(0, withinMs), () => {
        if (this.boots === boots) this.crash();
      });
    }
    if (random.chance(pause)) {
      const { leaseMs } = policy;
      const pauseMs = random.pick([100, 400, 499, 500, 501, 3000, leaseMs - 1, leaseMs, leaseMs + 1, 2 * leaseMs]);
      schedule.after(random.between(0, withinMs), () => {
        if (this.boots === boots) this.pause(schedule.now + pauseMs);
      });
    }
  }

  private countFaults({ requestMs, replyMs }: Fate): void {
    const { faults } = this.world.figures;
    for (const ms of [requestMs, replyMs]) {
      if (ms === undefined) faults['lost message'] += 1;
      else if (ms > 0) faults['slow message'] += 1;
    }
  }
}
