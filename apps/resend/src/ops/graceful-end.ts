import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Drain } from '@nest/lifecycle/drain.js';

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Signals within this many milliseconds count as one: on Ctrl+C the terminal sends one, and npm forwards another. */
const SAME_SIGNAL_MS = 500;

/** Time to close, in milliseconds. */
const CLOSE_WITHIN_MS = 2000;

export interface GracefulEnd {
  readonly drain: Drain;
  readonly log: Logger;
  /** Time for running requests to finish, in milliseconds. */
  readonly graceMs: number;
  /** Closes every listener and socket. */
  readonly close: () => Promise<void>;
}

/**
 * Handles SIGTERM and SIGINT. The first signal ends the process once all running requests are answered: with exit code 0,
 * or with 1 if the grace period ran out or closing hung. A second signal ends it immediately, with 128 plus the signal's
 * number; resends cut off by it recover when their leases expire.
 */
export function endGracefully(options: GracefulEnd): void {
  let signalledAt: number | undefined;
  for (const [signal, number] of Object.entries(SIGNAL_NUMBERS)) {
    process.on(signal, () => {
      if (signalledAt !== undefined && performance.now() - signalledAt < SAME_SIGNAL_MS) return;
      if (signalledAt !== undefined) {
        options.log.warn({ event: 'stopped', signal }, 'second signal, exiting now');
        process.exit(128 + number);
      }
      signalledAt = performance.now();
      void end(signal, options);
    });
  }
}

async function end(signal: string, { drain, log, graceMs, close }: GracefulEnd): Promise<void> {
  log.info({ event: 'stopping', signal }, 'draining');
  const left = await drain.drain(graceMs);
  if (left > 0) log.error({ event: 'stopped', left }, 'grace period is over, cutting off the running requests');
  // In any case: audit events and spans may be on their way.
  const isClosed = await Promise.race([isSuccess(close()), sleep(CLOSE_WITHIN_MS, false)]);
  if (left > 0) process.exit(1);
  if (isClosed) log.info({ event: 'stopped', left }, 'stopped, all requests answered');
  else log.error({ event: 'stopped', left }, 'closing failed');
  process.exit(isClosed ? 0 : 1);
}

async function isSuccess(promise: Promise<void>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
