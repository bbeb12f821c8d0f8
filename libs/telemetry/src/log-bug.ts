import type { Log } from './log.js';
import { placeOfBug } from './plain-error.js';

/** Logs an error that should be impossible, by its place. */
export function logBug(log: Log, error: unknown, requestId: string): void {
  log.error(
    { event: 'unexpected', ...placeOfBug(error), requestId },
    'unexpected error (a bug): please report the stack frames',
  );
}
