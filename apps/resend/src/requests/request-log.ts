import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { PROBLEMS } from '@nest/answers/problems.js';
import { isClosed } from '@nest/requests/closing.js';
import type { RequestContext } from '@nest/requests/request-context.js';
import { currentRequest } from '@telemetry/request-context.js';
import type { MalformedHttp } from '../http/node-server.js';
import type { Surface } from '../http/paths.js';

/** Writes the one log line of a finished request: what was asked, what was decided and why, and how long it took. */
export function logRequest(
  {
    context,
    route,
    surface,
    request,
    reply,
  }: {
    readonly context: RequestContext;
    readonly route: string;
    readonly surface: Surface;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
  },
  log: Logger,
): void {
  const { actor, decision, waitMs, twilio, problemCode, refusedBecause } = context;
  // A stream of events goes on after its request is over.
  const hasHungUp = isClosed(reply.raw) && !reply.raw.writableFinished;
  const line = {
    event: 'request',
    surface,
    method: request.method,
    route,
    status: reply.statusCode,
    code: problemCode ?? 'none',
    reason: refusedBecause,
    decision,
    waitMs,
    actor,
    ...(twilio.length > 0 && { twilio }),
    durationMs: Math.round(reply.elapsedTime),
    ...(hasHungUp && { hasHungUp }),
  };
  // The end of an answer is an event of its socket, and may run in the async context of another request.
  currentRequest.run(context, () => log.info(line, hasHungUp ? 'client hung up before the answer' : 'answered'));
}

/** Writes the log line of malformed HTTP. It contains none of the received bytes, which may be anything. */
export function logMalformed({ requestId, code, reason }: MalformedHttp, surface: Surface, log: Logger): void {
  const { status } = PROBLEMS[code];
  const line = { event: 'request', requestId, surface, method: 'none', route: 'none', status, code, reason };
  // It may run in the async context of another request of the same connection.
  currentRequest.run(undefined, () => log.info(line, 'malformed HTTP'));
}
