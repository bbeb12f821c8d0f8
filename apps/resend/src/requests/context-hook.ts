import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { traceParent } from '@telemetry/tracing/trace-parent.js';
import type { RequestSpan, Tracing } from '@telemetry/tracing/tracing.js';
import { type Trail, trails } from '@telemetry/request-context.js';

declare module 'fastify' {
  interface FastifyRequest {
    trail: Trail | undefined;
    /** While tracing is on. */
    span: RequestSpan | undefined;
  }
}

/** What orchestrators and Prometheus ask every few seconds: no line and no span. */
const ROUTINE = new Set(['/livez', '/readyz', '/metrics']);

export function isRoutine({ routeOptions }: FastifyRequest): boolean {
  return ROUTINE.has(routeOptions.url ?? '');
}

/**
 * From now on what works for a request can write into its trail, and belongs to its span. Goes before all other hooks;
 * Fastify takes the context across the reading of the body, which runs for the socket.
 */
export function followTrails(fastify: FastifyInstance, tracing?: Tracing): void {
  fastify.decorateRequest('trail', undefined);
  fastify.decorateRequest('span', undefined);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (tracing && !isRoutine(request)) begin(request, tracing);
    const { span } = request;
    const follow = () => trails.run(trailOf(request), done);
    if (span) span.run(follow);
    else follow();
  });
}

/** The trail of a request; begun with the first question. */
export function trailOf(request: FastifyRequest): Trail {
  const parent = request.trail ? undefined : traceParent(request.headers['traceparent']);
  request.trail ??= { requestId: request.id, ...(parent && { traceId: parent.traceId }), twilio: [] };
  return request.trail;
}

function begin(request: FastifyRequest, tracing: Tracing): void {
  const parent = traceParent(request.headers['traceparent']);
  const route = request.routeOptions.url;
  request.span = tracing.begin({
    method: request.method,
    scheme: request.protocol,
    ...(route !== undefined && { route }),
    ...(parent && { parent }),
  });
  trailOf(request).traceId = request.span.traceId;
}

/** Of a request that is over. */
export function endSpan(request: FastifyRequest, reply: FastifyReply): void {
  const { span, problemCode: code } = request;
  if (!span) return;
  const { decision } = trailOf(request);
  span.end({ status: reply.statusCode, ...(code && { code }), ...(decision !== undefined && { decision }) });
}
