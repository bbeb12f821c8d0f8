import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Parts } from '@nest/parts/parts.js';
import { countOperation } from '@nest/observing/request-metrics.js';
import { isClosed, onceClosed } from '@nest/requests/closing.js';
import { CONTEXT, END_NOW, givenRequestId, type RequestContext } from '@nest/requests/request-context.js';
import { currentRequest } from '@telemetry/request-context.js';
import { traceParent } from '@telemetry/tracing/trace-parent.js';
import type { RequestSpan, Tracing } from '@telemetry/tracing/tracing.js';
import { awaitsBody } from '../http/announced-body.js';
import type { Load } from '../http/load.js';
import { ROUTINE, type Surface } from '../http/paths.js';
import type { FloodLog } from './flood-log.js';
import { logRequest } from './request-log.js';
import { operationOf } from './watched-routes.js';

declare module 'fastify' {
  interface FastifyRequest {
    [CONTEXT]?: ServerContext;
    [END_NOW]?: () => void;
  }
}

/** A request's context in this service: the module's, plus the state needed to end it. */
export interface ServerContext extends RequestContext {
  /** The route pattern; undefined for a path without one. Fastify makes `routeOptions` anew at each access. */
  readonly route: string | undefined;
  /** For metrics: `other` unless the route serves it. A client may send any method. */
  readonly method: string;
  /** Present if tracing is on. */
  span?: RequestSpan;
  /** Its body is complete, so it counts as running. */
  isCounted?: boolean;
  /** The answer is complete, but may not be sent yet. */
  isAnswered?: boolean;
  /** It is accounted for. */
  isOver?: boolean;
}

export interface LifecycleOptions {
  readonly surface: Surface;
  readonly parts: Pick<Parts, 'metrics' | 'drain'>;
  readonly load: Load;
  readonly flood: FloodLog;
  readonly log: Logger;
  readonly tracing?: Tracing | undefined;
}

/**
 * Starts and ends every request that reaches the router. At the start it creates context and span; at the end, exactly
 * once, it updates the metrics and writes the log line.
 *
 * A request ends when its answer is complete and its socket has finished or closed. Both are needed: the work goes on
 * after a client hangs up, and Fastify's `onResponse` does not fire then.
 */
export class RequestLifecycle {
  constructor(private readonly options: LifecycleOptions) {}

  /** Call it before any other hooks are added. */
  hook(fastify: FastifyInstance): void {
    fastify.decorateRequest(CONTEXT, undefined);
    fastify.decorateRequest(END_NOW, undefined);
    fastify.addHook('onRequest', (request, reply, done) => {
      const context = this.begin(request);
      if (!awaitsBody(request.raw)) this.count(context);
      onceClosed(reply.raw, () => {
        if (context.isAnswered) this.over(context, request, reply);
      });
      request[END_NOW] = () => {
        this.answered(context);
        this.over(context, request, reply);
      };
      // Fastify keeps this async context while it reads the body, which runs in the context of the socket.
      const follow = () => currentRequest.run(context, done);
      if (context.span) context.span.run(follow);
      else follow();
    });
    fastify.addHook('onSend', (request, reply, _payload, done) => {
      const context = request[CONTEXT];
      if (context && isClosed(reply.raw)) this.over(context, request, reply);
      if (context) this.answered(context);
      done();
    });
  }

  /** Counts a request as running once its body is complete. Before, it takes no place, and shutdown does not wait for it. */
  received(request: FastifyRequest): void {
    const context = request[CONTEXT];
    if (context) this.count(context);
  }

  /** For requests that Fastify refuses before any hook: a URL that can not be decoded, or an overlong path parameter. */
  beginUnrouted(request: FastifyRequest, reply: FastifyReply): void {
    const context = this.begin(request);
    context.isAnswered = context.isOver = true; // it was never counted as running
    onceClosed(reply.raw, () => this.report(context, request, reply));
  }

  private begin(request: FastifyRequest): ServerContext {
    const { surface, tracing } = this.options;
    const { headers, method } = request;
    const { url: route, config } = request.routeOptions;
    const parent = traceParent(headers['traceparent']);
    const isServed = route !== undefined && !config.isNotServed;
    const context: ServerContext = { requestId: request.id, route, method: isServed ? method : 'other', twilio: [] };
    const operation = operationOf(surface, method, route);
    if (operation) context.operation = operation;
    if (parent) context.traceId = parent.traceId;
    if (tracing && !ROUTINE.has(route ?? '')) {
      context.span = tracing.begin({
        method,
        scheme: request.protocol,
        ...(route !== undefined && { route }),
        ...(parent && { parent }),
      });
      context.traceId = context.span.traceId;
    }
    request[CONTEXT] = context;
    return context;
  }

  private count(context: ServerContext): void {
    const { load, parts } = this.options;
    context.isCounted = true;
    parts.drain.begin();
    load.begin();
    parts.metrics.inFlight.inc();
  }

  private answered(context: ServerContext): void {
    if (context.isAnswered) return;
    context.isAnswered = true;
    if (context.isCounted) this.options.load.end();
  }

  private over(context: ServerContext, request: FastifyRequest, reply: FastifyReply): void {
    if (context.isOver) return;
    context.isOver = true;
    const { drain, metrics } = this.options.parts;
    if (context.isCounted) {
      drain.end();
      metrics.inFlight.dec();
    }
    this.report(context, request, reply);
  }

  private report(context: ServerContext, request: FastifyRequest, reply: FastifyReply): void {
    const { surface, parts, log, flood } = this.options;
    const { span, problemCode: code, decision, route = 'none', method } = context;
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    parts.metrics.httpDuration.observe({ surface, method, route, status }, reply.elapsedTime / 1000);
    countOperation(context, parts.metrics);
    if (!ROUTINE.has(route)) logRequest({ context, route, surface, request, reply, flood }, log);
    span?.end({ status: reply.statusCode, ...(code && { code }), ...(decision !== undefined && { decision }) });
  }
}

/** The caller's own `Request-Id` if it is valid, otherwise a new one. */
export function requestId(headers: FastifyRequest['headers']): string {
  return givenRequestId(headers) ?? randomUUID();
}
