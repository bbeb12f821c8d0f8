/** Counts the running requests, and waits for them at shutdown. */
export class Drain {
  private running = 0;
  private readonly waiting = new Set<() => void>();
  isDraining = false;

  /** @param onStart called when draining starts */
  constructor(private readonly onStart: () => void = () => {}) {}

  begin(): void {
    this.running += 1;
  }

  end(): void {
    this.running -= 1;
    if (this.running === 0) for (const goOn of this.waiting) goOn();
  }

  /** Starts draining, and waits at most `graceMs` for running requests. @returns how many are still running */
  async drain(graceMs: number): Promise<number> {
    this.isDraining = true;
    this.onStart();
    if (this.running > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      this.waiting.add(resolve);
      await promise;
      clearTimeout(timer);
      this.waiting.delete(resolve);
    }
    return this.running;
  }
}
