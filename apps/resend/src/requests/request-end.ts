import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Surroundings } from '../app.module.js';
import { countOperation } from '@nest/observing/request-metrics.js';
import { writeLine } from './request-log.js';
import { surfaceOf } from '@nest/surface.js';
import { endSpan } from './context-hook.js';

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

/** For what Fastify answers before any hook: an address that can not be decoded, or a part of it that is too long. */
export function watchUnrouted(request: FastifyRequest, reply: FastifyReply, surroundings: Surroundings): void {
  reply.raw.once('close', () => tell(request, reply, surroundings));
}

function tell(request: FastifyRequest, reply: FastifyReply, { metrics, log }: Surroundings): void {
  const surface = surfaceOf(request.raw);
  const route = request.routeOptions.url ?? 'none';
  const status = `${Math.floor(reply.statusCode / 100)}xx`;
  metrics.httpDuration.observe({ surface, method: request.method, route, status }, reply.elapsedTime / 1000);
  countOperation(request, reply, metrics);
  writeLine(request, reply, log);
  endSpan(request, reply);
}
