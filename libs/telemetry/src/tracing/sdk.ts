import { setTimeout as sleep } from 'node:timers/promises';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider, type TracerProviderOptions } from '@opentelemetry/sdk-trace';
import { callTracing } from './call-tracing.js';
import { beginRequest } from './traced-request.js';
import type { Tracing } from './tracing.js';

/** Time to send the remaining spans when the process ends, in milliseconds. */
const FLUSH_WITHIN_MS = 1000;

/** Tracing with OpenTelemetry's SDK: for `collector.ts`, and for tests with their own exporter. */
export function sdkTracing(options: TracerProviderOptions): Tracing {
  // Global, so that other instrumentation in this process shares it. OpenTelemetry keeps the first one that is set.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const provider = new TracerProvider(options);
  const tracer = provider.getTracer('push-resend');
  return {
    begin: (request) => beginRequest(tracer, request),
    ...callTracing(tracer),
    close: () =>
      Promise.race([provider.shutdown().catch(() => undefined), sleep(FLUSH_WITHIN_MS, undefined, { ref: false })]),
  };
}
