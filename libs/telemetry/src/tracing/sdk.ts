import { setTimeout as sleep } from 'node:timers/promises';
import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider, type TracerProviderOptions } from '@opentelemetry/sdk-trace';
import { TracedGateway } from './traced-gateway.js';
import { TracedLedger } from './traced-ledger.js';
import { beginRequest } from './traced-request.js';
import type { Tracing } from './tracing.js';

/** What is left when the process ends has this long to leave, in milliseconds. */
const FLUSH_WITHIN_MS = 1000;

/** Tracing by OpenTelemetry's SDK: for `tracing-collector.ts`, and for tests with an exporter of their own. */
export function sdkTracing(options: TracerProviderOptions): Tracing {
  // One for the process, which whatever else is instrumented in it shares; the first stays.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const provider = new TracerProvider(options);
  const tracer = provider.getTracer('push-resend');
  return {
    begin: (request) => beginRequest(tracer, request),
    ledger: (inner, place) => new TracedLedger(inner, tracer, place),
    gateway: (inner) => new TracedGateway(inner, tracer),
    headers: traceHeaders,
    close: () =>
      Promise.race([provider.shutdown().catch(() => undefined), sleep(FLUSH_WITHIN_MS, undefined, { ref: false })]),
  };
}

/** `tracestate` is not passed on: it may hold anything that a caller made up. */
function traceHeaders(): Record<string, string> {
  const current = trace.getSpanContext(context.active());
  if (!current || !isSpanContextValid(current)) return {};
  const { traceId, spanId, traceFlags } = current;
  return { traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}` };
}
