import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { Tracing } from './tracing.js';
import type { Sampling, TracingSettings } from './environment.js';
import { sdkTracing } from './sdk.js';
import { currentRequest } from '../request-context.js';

/**
 * Sends spans to a collector, in batches, in the background. The SDK itself reads the collector's address, headers,
 * certificates and timeouts, OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES from the environment.
 */
export function tracingToCollector({ sampler, batches }: TracingSettings, version: string, log: Logger): Tracing {
  const exporter = watched(new OTLPTraceExporter(), log);
  return sdkTracing({
    resource: resourceOf(version),
    sampler: samplerOf(sampler),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...batches })],
  });
}

function resourceOf(version: string): Resource {
  const own = resourceFromAttributes({ 'service.name': 'push-resend', 'service.version': version });
  const detectors = [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector];
  return defaultResource().merge(own).merge(detectResources({ detectors }));
}

function samplerOf({ isParentBased, ratio }: Sampling): Sampler {
  const root = ratioSampler(ratio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

function ratioSampler(ratio: number): Sampler {
  if (ratio === 1) return new AlwaysOnSampler();
  return ratio === 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
}

/** Logs one line when spans start to get lost, and one when they arrive again. */
function watched(exporter: SpanExporter, log: Logger): SpanExporter {
  let isLosing = false;
  const report = (error: Error | undefined) => {
    if ((error !== undefined) === isLosing) return;
    isLosing = error !== undefined;
    // The export runs in the async context of some unrelated request.
    currentRequest.run(undefined, () => {
      if (error)
        log.warn(
          { event: 'tracing.lost', reason: reasonOf(error) },
          'OTLP collector is unreachable or rejects traces; spans are lost',
        );
      else log.info({ event: 'tracing.arriving' }, 'OTLP collector accepts traces again');
    });
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        report(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** The HTTP status or the error's code. Everything else may quote the collector's address or its answer. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `http-${code}`;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : 'no-code';
}
