import type { Span } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor, TracerProviderOptions } from '@opentelemetry/sdk-trace';
import { sdkTracing } from '@telemetry/tracing/sdk.js';

/** Keeps every span, in the order in which they began. */
class Kept implements SpanProcessor {
  private readonly begun: ReadableSpan[] = [];

  /** Those that have ended. */
  get spans(): readonly ReadableSpan[] {
    return this.begun.filter(({ ended }) => ended);
  }

  onStart(span: Span): void {
    this.begun.push(span as Span & ReadableSpan);
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** Tracing that keeps its spans. */
export function keptTracing(options: TracerProviderOptions = {}) {
  const kept = new Kept();
  const tracing = sdkTracing({ ...options, spanProcessors: [kept] });
  const ofTrace = (traceId: string) => kept.spans.filter((span) => span.spanContext().traceId === traceId);
  return { tracing, kept, ofTrace };
}
