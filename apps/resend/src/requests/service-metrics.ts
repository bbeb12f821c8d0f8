import { collectDefaultMetrics } from '@prometheus-io/client';
import { createMetrics } from '@nest/observing/create-metrics.js';
import type { Metrics } from '@telemetry/metrics.js';
import { WATCHED } from './watched-routes.js';

/** The module's metrics, including those of the watched routes, and Node's default metrics. */
export function serviceMetrics(version: string): Metrics {
  const metrics = createMetrics({ version, routes: Object.values(WATCHED) });
  collectDefaultMetrics({ register: metrics.registry });
  return metrics;
}
