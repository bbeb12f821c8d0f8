/** How often timer lag is measured, in milliseconds. */
const MEASURE_EVERY_MS = 50;

/** Below this many requests per measurement, a late timer has another cause, such as a pause of the machine. */
const BUSY = 50;

export interface LoadLimits {
  /** Concurrent requests. */
  readonly mostRequests: number;
  /** Maximum lag of the event loop, in milliseconds. */
  readonly mostDelayMs: number;
}

/** The load of this process, on all of its ports. Call `close` at its end. */
export class Load {
  private running = 0;
  private arrived = 0;
  private measuredAt = performance.now();
  private lateUntil = 0;
  private isLate = false;
  private readonly measuring = setInterval(() => this.measure(performance.now()), MEASURE_EVERY_MS).unref();

  constructor(private readonly limits: LoadLimits) {}

  /** A request has arrived, whatever becomes of it. */
  arrive(): void {
    this.arrived += 1;
  }

  /** Work for a request begins. */
  begin(): void {
    this.running += 1;
  }

  /** It is answered, whether or not the client has read the answer. */
  end(): void {
    this.running -= 1;
  }

  /** Whether a new request should be refused before any work. */
  get isFull(): boolean {
    return this.isLate || this.running >= this.limits.mostRequests;
  }

  close(): void {
    clearInterval(this.measuring);
  }

  /**
   * A late loop refuses for as long as it was late, so that waiting requests finish soon. @param now monotonic,
   * milliseconds
   */
  private measure(now: number): void {
    const delayMs = now - this.measuredAt - MEASURE_EVERY_MS;
    const isBusy = this.arrived + this.running >= BUSY;
    this.measuredAt = now;
    this.arrived = 0;
    if (delayMs > this.limits.mostDelayMs && isBusy) this.lateUntil = now + delayMs;
    this.isLate = now < this.lateUntil;
  }
}
