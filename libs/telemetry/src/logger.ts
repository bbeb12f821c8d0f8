import { type Logger, pino } from 'pino';

/**
 * The service's log: JSON lines on stdout. Errors are written by name, message and stack alone: what libraries hang on
 * theirs (requests, headers, configurations) can carry credentials.
 */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: { service: 'push-resend' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: plainError },
  });
}

function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause !== undefined && { cause: plainError(cause) }) };
}
