import type { Random } from './random.js';

interface Due {
  readonly at: number;
  /** Among those due in the same millisecond chance decides. */
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/**
 * Virtual time, and all that is going to happen on it. One thing happens at a time, and everything that waits for it
 * runs before the next: nothing of a history depends on the machine.
 */
export class Schedule {
  /** Epoch milliseconds. */
  now = Date.UTC(2026, 2, 2, 10, 0, 0);
  private readonly due: Due[] = [];

  constructor(private readonly random: Random) {}

  after(ms: number, run: Due['run']): void {
    const next: Due = { at: this.now + Math.max(0, ms), order: this.random.next(), run };
    let place = this.due.length;
    for (let before = this.due[place - 1]; before && isLater(next, before); before = this.due[place - 1]) place -= 1;
    this.due.splice(place, 0, next);
  }

  /** Runs what is due, and what that makes due, until nothing is or `isOver` says so. */
  async run(isOver: () => boolean = () => false): Promise<void> {
    await everybodyHasReacted();
    for (let next = this.due.pop(); next; next = this.due.pop()) {
      this.now = next.at;
      await next.run();
      await everybodyHasReacted();
      if (isOver()) return;
    }
  }
}

/** The last of the list is the next. */
function isLater(one: Due, other: Due): boolean {
  return one.at > other.at || (one.at === other.at && one.order > other.order);
}

/** Promises settle before the event loop turns. */
function everybodyHasReacted(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
