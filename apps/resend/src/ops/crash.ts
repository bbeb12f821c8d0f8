import type { Logger } from 'pino';

/**
 * From now on an error that nobody caught, in a promise too, ends the process with 1 after one line in the log. The line
 * has where it happened and no message: whatever was being worked on may be quoted in one.
 */
export function exitOnCrash(log: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    log.fatal({ event: 'crash', origin, ...traceOf(error) }, 'an error that nobody caught');
    process.exit(1);
  });
}

function traceOf(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack = '', message, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return {
    name: /^\w{1,64}$/.test(name) ? name : 'Error',
    ...(/^[A-Z][A-Z0-9_]{2,63}$/.test(code) && { code }),
    frames: frames.map((frame) => frame.trim()).filter((frame) => frame.startsWith('at ')),
    ...(cause !== undefined && { cause: traceOf(cause) }),
  };
}
