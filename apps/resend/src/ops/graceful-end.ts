import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Drain } from '@nest/lifecycle/drain.js';

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Signals so close together are one, in milliseconds: npm passes on a terminal's Ctrl+C, which came by itself as well. */
const SAME_SIGNAL_MS = 500;

/** What closing may take when nothing is running any more, in milliseconds. */
const CLOSE_WITHIN_MS = 2000;

export interface GracefulEnd {
  readonly drain: Drain;
  readonly log: Logger;
  /** What is running may take this long. */
  readonly graceMs: number;
  /** Closes every listener and socket. */
  readonly close: () => Promise<void>;
}

/**
 * From now on the first SIGTERM or SIGINT ends the process as soon as what is running has been answered: with 0, or
 * with 1 when the grace period was over first or closing hung. A later one ends it at once, with 128 and its number;
 * the ledger's leases then heal what was cut off.
 */
export function endGracefully(options: GracefulEnd): void {
  let toldAt: number | undefined;
  for (const [signal, number] of Object.entries(SIGNAL_NUMBERS)) {
    process.on(signal, () => {
      if (toldAt !== undefined && performance.now() - toldAt < SAME_SIGNAL_MS) return;
      if (toldAt !== undefined) {
        options.log.warn({ event: 'stopped', signal }, 'told twice: ended at once');
        process.exit(128 + number);
      }
      toldAt = performance.now();
      void end(signal, options);
    });
  }
}

async function end(signal: string, { drain, log, graceMs, close }: GracefulEnd): Promise<void> {
  log.info({ event: 'stopping', signal }, 'draining');
  const left = await drain.drain(graceMs);
  const isClosed = left === 0 && (await Promise.race([isSuccess(close()), sleep(CLOSE_WITHIN_MS, false)]));
  if (left > 0) log.error({ event: 'stopped', left }, 'requests were still running at the end of the grace period');
  else if (!isClosed) log.error({ event: 'stopped', left }, 'closing failed');
  else log.info({ event: 'stopped', left }, 'everything was answered');
  process.exit(isClosed ? 0 : 1);
}

async function isSuccess(promise: Promise<void>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
