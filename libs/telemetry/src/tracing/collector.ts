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
import { trails } from '../request-context.js';

/**
 * Sends spans to a collector, in batches, behind the backs of the requests. Its address, headers, certificates and
 * deadlines, and what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say, the SDK reads from the environment by itself.
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

/** Says once that spans get lost, and once that they arrive again. */
function watched(exporter: SpanExporter, log: Logger): SpanExporter {
  let isLosing = false;
  const tell = (error: Error | undefined) => {
    if ((error !== undefined) === isLosing) return;
    isLosing = error !== undefined;
    // It runs behind the back of some request, and is not its.
    trails.run(undefined, () => {
      if (error) log.warn({ event: 'tracing.lost', reason: reasonOf(error) }, 'the collector does not take the traces');
      else log.info({ event: 'tracing.arriving' }, 'the collector takes the traces again');
    });
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        tell(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** A status or an error's own code: the rest may quote the collector's address or its answer. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `http-${code}`;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : 'no-code';
}
