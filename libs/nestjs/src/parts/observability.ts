import { Logger, type LoggerService } from '@nestjs/common';
import type { Log, LogLine } from '@telemetry/log.js';
import { Metrics } from '@telemetry/metrics.js';
import { plainError } from '@telemetry/plain-error.js';
import type { CallTracing } from '@telemetry/tracing/tracing.js';
import { createMetrics } from '../observing/create-metrics.js';
import { type PushResendOptions, PushResendOptionsError } from '../options.js';

/** Adapts the host's logger. Errors are reduced to parts that can not contain a secret. */
export function logOf(logger: PushResendOptions['logger'] = new Logger('PushResend')): Log {
  return 'log' in logger ? nestLog(logger) : plainLog(logger);
}

function nestLog(logger: LoggerService): Log {
  const text = (line: LogLine, message: string) => `${message} ${JSON.stringify(plain(line))}`;
  return {
    debug: (line, message) => logger.debug?.(text(line, message)),
    info: (line, message) => logger.log(text(line, message)),
    warn: (line, message) => logger.warn(text(line, message)),
    error: (line, message) => logger.error(text(line, message)),
  };
}

function plainLog(log: Log): Log {
  return {
    debug: (line, message) => log.debug(plain(line), message),
    info: (line, message) => log.info(plain(line), message),
    warn: (line, message) => log.warn(plain(line), message),
    error: (line, message) => log.error(plain(line), message),
  };
}

function plain(line: LogLine): LogLine {
  return line['err'] === undefined ? line : { ...line, err: plainError(line['err']) };
}

/** @throws PushResendOptionsError for a registry that already has these metrics */
export function metricsOf(metrics: PushResendOptions['metrics']): Metrics {
  if (metrics instanceof Metrics) return metrics;
  if (metrics?.getSingleMetric(`${METRIC_PREFIX}requests_total`) !== undefined) {
    throw new PushResendOptionsError([
      'metrics: this registry already has the metrics of another PushResendModule; give each its own registry',
    ]);
  }
  return createMetrics(metrics && { registry: metrics });
}

/** Removes the metrics from the host's registry, so that the module can start again in this process. */
export function unregister(metrics: PushResendOptions['metrics']): void {
  if (metrics === undefined || metrics instanceof Metrics) return;
  const names = metrics.getMetricsAsArray().map(({ name }) => name);
  for (const name of names) if (name.startsWith(METRIC_PREFIX)) metrics.removeSingleMetric(name);
}

const METRIC_PREFIX = 'push_resend_';

/** Loads OpenTelemetry only if a tracer is given. */
export async function tracingOf(tracing: PushResendOptions['tracing']): Promise<CallTracing | undefined> {
  if (tracing === undefined || 'ledger' in tracing) return tracing;
  const { callTracing } = await import('../../../telemetry/src/tracing/call-tracing.js');
  return callTracing(tracing);
}
