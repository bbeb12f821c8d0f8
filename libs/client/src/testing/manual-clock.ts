import type { Clock } from '../host/clock.js';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  private time = 1000;
  private timers: { readonly at: number; readonly run: () => void }[] = [];

  now = () => this.time;

  after = (ms: number, run: () => void) => {
    const timer = { at: this.time + Math.ceil(ms), run };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  };

  /** Moves on by `ms`: runs each timer at its time, and lets what it began settle. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const due = this.timers.reduce((first, timer) => (timer.at < first.at ? timer : first), {
        at: Infinity,
        run() {},
      });
      if (due.at > end) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
      await settled();
    }
    this.time = end;
  }

  /** As on a device that sleeps: time passes, and no timer runs. */
  sleep(ms: number): void {
    this.time += ms;
  }
}

/** Lets promises settle, without a timer: a test may have replaced those. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
