import { context, ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Tracer } from '@opentelemetry/api';
import type { TraceParent } from './trace-parent.js';
import { failed } from './traced-call.js';
import type { BegunRequest, RequestSpan } from './tracing.js';

/** The methods that a span may name. Others are invented by the caller. */
const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']);

/**
 * Starts the span of a request by OpenTelemetry's conventions for HTTP servers, except for `url.path`, which would name a
 * Challenge. Only a 5xx is an error: a refusal is a correct answer.
 */
export function beginRequest(tracer: Tracer, { method, route, scheme, parent }: BegunRequest): RequestSpan {
  const knownMethod = METHODS.has(method) ? method : undefined;
  const span = tracer.startSpan(
    [knownMethod ?? 'HTTP', route].filter((word) => word !== undefined).join(' '),
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': knownMethod ?? '_OTHER',
        'url.scheme': scheme,
        ...(route !== undefined && { 'http.route': route }),
      },
    },
    parent ? contextOf(parent) : ROOT_CONTEXT,
  );
  return {
    traceId: span.spanContext().traceId,
    run: (work) => context.with(trace.setSpan(context.active(), span), work),
    end: ({ status, code, decision }) => {
      span.setAttribute('http.response.status_code', status);
      if (code !== undefined) span.setAttribute('push_resend.code', code);
      if (decision !== undefined) span.setAttribute('push_resend.decision', decision);
      if (status >= 500) failed(span, code ?? String(status));
      span.end();
    },
  };
}

function contextOf({ traceId, spanId, isSampled }: TraceParent) {
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
