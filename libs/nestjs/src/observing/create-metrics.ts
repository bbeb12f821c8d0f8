import type { Registry } from '@prometheus-io/client';
import { LEDGER_CODES } from '@resend/refusal-codes.js';
import { type MetricNames, Metrics } from '@telemetry/metrics.js';
import { TWILIO_CALL_CODES } from '@verify/twilio-call.js';
import { PROBLEMS } from '../answers/problems.js';

export interface CreateMetricsOptions {
  /** Default: a new registry. */
  readonly registry?: Registry;
  /** For `push_resend_build_info`, which is absent without it. */
  readonly version?: string;
  /** The routes that users wait for: their duration series start at 0. */
  readonly routes?: MetricNames['routes'];
}

/** Creates the metrics, with one series for every code that this service uses. */
export function createMetrics({ registry, version, routes = [] }: CreateMetricsOptions = {}): Metrics {
  const problems = new Map(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
  const names = { problems, ledgerCodes: LEDGER_CODES, twilioCodes: TWILIO_CALL_CODES, routes };
  const metrics = new Metrics(names, registry);
  if (version !== undefined) metrics.buildInfo.set({ version, node: process.versions.node }, 1);
  return metrics;
}
