import type { Logger } from 'pino';
import { placeOfBug } from '@telemetry/plain-error.js';

/** From now on an error that nobody caught, in a promise too, ends the process with 1 after one line in the log. */
export function exitOnCrash(log: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    log.fatal({ event: 'crash', origin, ...placeOfBug(error) }, 'an error that nobody caught');
    process.exit(1);
  });
}
