import type { Logger } from 'pino';
import type { Surface } from '../http/paths.js';

/** How long lines of a kind are counted, in milliseconds. */
const PERIOD_MS = 10_000;

/**
 * Limits the log lines that unknown clients can cause: some of each kind, then one with the number of suppressed ones.
 */
export class FloodLog {
  private readonly counted = new Map<string, { count: number; readonly most: number }>();

  constructor(
    private readonly surface: Surface,
    private readonly log: Logger,
  ) {}

  /** @returns whether one more of this kind may be logged: the first `most` of a period may */
  admits(kind: string, most: number): boolean {
    if (this.counted.size === 0) setTimeout(() => this.endPeriod(), PERIOD_MS).unref();
    const counted = this.counted.get(kind) ?? { count: 0, most };
    this.counted.set(kind, counted);
    counted.count += 1;
    return counted.count <= most;
  }

  private endPeriod(): void {
    for (const [kind, { count, most }] of this.counted) {
      if (count <= most) continue;
      const line = { event: 'flood', surface: this.surface, kind, count: count - most };
      this.log.warn(line, 'suppressed this many similar log lines in the last ten seconds');
    }
    this.counted.clear();
  }
}
