import type { Logger } from 'pino';
import { placeOfBug } from '@telemetry/plain-error.js';

/** Logs an uncaught error or unhandled rejection in one line, and ends the process with exit code 1. */
export function exitOnCrash(log: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    log.fatal({ event: 'crash', origin, ...placeOfBug(error) }, 'uncaught error (a bug): exiting');
    process.exit(1);
  });
}
