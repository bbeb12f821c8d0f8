import { type DestinationStream, type Logger, pino } from 'pino';
import { plainError } from './plain-error.js';
import { trails } from './request-context.js';

/**
 * The service's log: JSON lines on stdout. A line that is written on behalf of a request has its `requestId`, and its
 * `traceId` and `user` where they are known, without anybody passing them on.
 * @param destination instead of stdout
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: 'push-resend' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: plainError },
    mixin: whoseLine,
  };
  return destination ? pino(options, destination) : pino(options);
}

function whoseLine(): object {
  const trail = trails.getStore();
  if (!trail) return {};
  const { requestId, traceId, user } = trail;
  return { requestId, ...(traceId !== undefined && { traceId }), ...(user !== undefined && { user }) };
}
