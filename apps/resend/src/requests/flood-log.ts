import type { Logger } from 'pino';
import type { Log, LogLine } from '@telemetry/log.js';
import { currentRequest } from '@telemetry/request-context.js';
import type { Surface } from '../http/paths.js';

/** How long lines of a kind are counted, in milliseconds. */
const PERIOD_MS = 10_000;

/** Log lines of each kind per period for clients without a valid credential. */
export const LINES_FOR_STRANGERS = 100;

/**
 * Limits the log lines that unknown clients can cause: some of each kind, then one with the number of suppressed ones.
 */
export class FloodLog {
  private readonly counted = new Map<string, { count: number; readonly most: number }>();

  /** @param surface undefined: of both ports together */
  constructor(
    private readonly surface: Surface | undefined,
    private readonly log: Logger,
  ) {}

  /**
   * @param kind from a closed set: all kinds are kept until the period ends
   * @returns whether one more of this kind may be logged: the first `most` of a period may
   */
  admits(kind: string, most: number): boolean {
    // The end of the period belongs to no request.
    if (this.counted.size === 0)
      currentRequest.run(undefined, () => setTimeout(() => this.endPeriod(), PERIOD_MS).unref());
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

/** The same log, in which the lines of requests without a valid credential are bounded, each event for itself. */
export function boundedForStrangers(log: Logger): Log {
  const flood = new FloodLog(undefined, log);
  const bounded = (level: keyof Log) => (line: LogLine, message: string) => {
    const request = currentRequest.getStore();
    const isOfStranger = request !== undefined && request.actor === undefined && log.isLevelEnabled(level);
    if (!isOfStranger || flood.admits(line.event, LINES_FOR_STRANGERS)) log[level](line, message);
  };
  return { debug: bounded('debug'), info: bounded('info'), warn: bounded('warn'), error: bounded('error') };
}
