import { context, isSpanContextValid, trace, type Tracer } from '@opentelemetry/api';
import { TracedGateway } from './traced-gateway.js';
import { TracedLedger } from './traced-ledger.js';
import type { CallTracing } from './tracing.js';

/** Call tracing with an existing tracer. The host sets up its provider and context manager. */
export function callTracing(tracer: Tracer): CallTracing {
  return {
    ledger: (inner, place) => new TracedLedger(inner, tracer, place),
    gateway: (inner) => new TracedGateway(inner, tracer),
    headers: traceHeaders,
  };
}

/** `tracestate` is not forwarded: callers can put anything into it. */
function traceHeaders(): Record<string, string> {
  const current = trace.getSpanContext(context.active());
  if (!current || !isSpanContextValid(current)) return {};
  const { traceId, spanId, traceFlags } = current;
  return { traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}` };
}
