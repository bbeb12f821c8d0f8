/**
 * The simulated time that drives every date, expiry, ttl and `Date` header.
 *
 * It is the time of its source (the machine's clock unless a test brings its own) plus what `advance` added, so a test
 * reaches the end of a Challenge without waiting for it. It never runs backwards, except on `reset`.
 */
export class Clock {
  private offsetMs = 0;
  private frozenAtMs: number | undefined;

  /** @param sourceMs milliseconds since 1970 */
  constructor(private readonly sourceMs: () => number = Date.now) {}

  /** Milliseconds since 1970. */
  now(): number {
    return (this.frozenAtMs ?? this.sourceMs()) + this.offsetMs;
  }

  /** The current whole second, in milliseconds since 1970: Twilio's dates have no fractions. */
  wholeSecond(): number {
    return Math.floor(this.now() / 1000) * 1000;
  }

  /** @param seconds 0 or more; fractions are allowed */
  advance(seconds: number): void {
    this.offsetMs += seconds * 1000;
  }

  /** Stops the clock (only `advance` moves it then), or lets it run on from where it stands. */
  freeze(frozen: boolean): void {
    const now = this.now();
    const sourceMs = this.sourceMs();
    this.offsetMs = now - sourceMs;
    this.frozenAtMs = frozen ? sourceMs : undefined;
  }

  get frozen(): boolean {
    return this.frozenAtMs !== undefined;
  }

  /** Back to the time of the source, running. */
  reset(): void {
    this.offsetMs = 0;
    this.frozenAtMs = undefined;
  }
}

/** Twilio's date format: `2026-03-02T10:01:34Z`, UTC, whole seconds. */
export function twilioDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
