import { type DestinationStream, type Logger, pino } from 'pino';
import { plainError } from './plain-error.js';
import { currentRequest } from './request-context.js';

/**
 * The service's log: JSON lines on stdout. Lines that belong to a request automatically get its `requestId` and, once
 * known, its `traceId` and `user`.
 * @param destination replaces stdout
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: 'push-resend' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: plainError },
    mixin: requestFields,
  };
  return destination ? pino(options, destination) : pino(options);
}

function requestFields(): object {
  const request = currentRequest.getStore();
  if (!request) return {};
  const { requestId, traceId, user } = request;
  return { requestId, ...(traceId !== undefined && { traceId }), ...(user !== undefined && { user }) };
}
