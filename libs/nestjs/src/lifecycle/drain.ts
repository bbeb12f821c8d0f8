/** Whether this instance still takes work, and how much it has. */
export class Drain {
  private running = 0;
  private idle: (() => void) | undefined;
  isDraining = false;

  begin(): void {
    this.running += 1;
  }

  end(): void {
    this.running -= 1;
    if (this.running === 0) this.idle?.();
  }

  /** Takes no new work, and waits for what is running, at most `graceMs`. @returns what is still running then */
  async drain(graceMs: number): Promise<number> {
    this.isDraining = true;
    if (this.running > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.running;
  }
}
