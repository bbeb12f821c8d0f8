import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { outcomeOf } from '@telemetry/metrics.js';
import type { Surroundings } from './app.module.js';
import { PROBLEMS } from './problems.js';
import { surfaceOf } from './surface.js';

/**
 * Counts and logs every request that reaches the router once, when it is over: one line, one decision.
 *
 * Over is when its answer is made and gone. A client that hangs up does not end what it asked for, so neither is enough
 * alone; and Fastify's `onResponse` never comes for it.
 */
export function watch(fastify: FastifyInstance, surroundings: Surroundings): void {
  const { metrics, drain } = surroundings;
  const answered = new WeakSet<FastifyRequest>();
  const over = (request: FastifyRequest, reply: FastifyReply): void => {
    drain.end();
    metrics.inFlight.dec();
    tell(request, reply, surroundings);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    drain.begin();
    metrics.inFlight.inc();
    reply.raw.once('close', () => {
      if (answered.has(request)) over(request, reply);
    });
    done();
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (!answered.has(request) && reply.raw.closed) over(request, reply);
    answered.add(request);
    done();
  });
}

function tell(request: FastifyRequest, reply: FastifyReply, { metrics, log }: Surroundings): void {
  const surface = surfaceOf(request.raw);
  const route = request.routeOptions.url ?? 'none';
  const status = `${Math.floor(reply.statusCode / 100)}xx`;
  metrics.httpDuration.observe({ surface, method: request.method, route, status }, reply.elapsedTime / 1000);
  const operation = operationOf(request);
  const code = request.problemCode ?? 'none';
  if (operation) metrics.requests.inc({ operation, outcome: outcome(request, reply, operation), code });
  if (route === '/livez' || route === '/readyz' || route === '/metrics') return;
  const hasHungUp = !reply.raw.writableFinished;
  const line = {
    event: 'request',
    requestId: request.id,
    surface,
    method: request.method,
    route,
    status: reply.statusCode,
    code,
    durationMs: Math.round(reply.elapsedTime),
    ...(hasHungUp && { hasHungUp }),
  };
  log.info(line, hasHungUp ? 'nobody was there for the answer' : 'answered');
}

function operationOf({ method, routeOptions }: FastifyRequest): 'resend' | 'standing' | undefined {
  if (method === 'POST' && routeOptions.url === '/v1/challenges/:challengeSid/notifications') return 'resend';
  return method === 'GET' && routeOptions.url === '/v1/challenges/:challengeSid' ? 'standing' : undefined;
}

function outcome({ problemCode }: FastifyRequest, reply: FastifyReply, operation: 'resend' | 'standing') {
  if (problemCode !== undefined) return outcomeOf(PROBLEMS[problemCode].status);
  if (operation === 'standing') return 'told';
  return reply.hasHeader('Idempotent-Replayed') ? 'replayed' : 'sent';
}
