import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { trails } from '@telemetry/request-context.js';
import type { NoRequest } from '../http/node-server.js';
import { PROBLEMS } from '@nest/answers/problems.js';
import { type Surface, surfaceOf } from '@nest/surface.js';
import { isRoutine, trailOf } from './context-hook.js';

/** The one line of a request, when it is over: what was asked, what was decided and why, and how long it took. */
export function writeLine(request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  if (isRoutine(request)) return;
  const trail = trailOf(request);
  const { actor, decision, waitMs, twilio } = trail;
  const hasHungUp = !reply.raw.writableFinished;
  const line = {
    event: 'request',
    surface: surfaceOf(request.raw),
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: reply.statusCode,
    code: request.problemCode ?? 'none',
    decision,
    waitMs,
    actor,
    ...(twilio.length > 0 && { twilio }),
    durationMs: Math.round(reply.elapsedTime),
    ...(hasHungUp && { hasHungUp }),
  };
  // The end of an answer belongs to a socket, and may come while another request is worked on.
  trails.run(trail, () => log.info(line, hasHungUp ? 'nobody was there for the answer' : 'answered'));
}

/** The line of what came in by a port and never became a request: none of its bytes, for they may be anything. */
export function writeLineOf({ requestId, code, reason }: NoRequest, surface: Surface, log: Logger): void {
  const { status } = PROBLEMS[code];
  const line = { event: 'request', requestId, surface, method: 'none', route: 'none', status, code, reason };
  // It may come while a request of the same connection is worked on.
  trails.run(undefined, () => log.info(line, 'this is no request'));
}
