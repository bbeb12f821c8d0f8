import { LEDGER_CODES } from '@resend/refusal-codes.js';
import { Metrics } from '@telemetry/metrics.js';
import { TWILIO_CALL_CODES } from '@verify/twilio-call.js';
import { PROBLEMS } from '../answers/problems.js';
import { WATCHED } from './request-metrics.js';

/** Metrics whose labels are exactly the codes that this service knows. */
export function createMetrics(version: string): Metrics {
  const problems = new Map(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
  const routes = Object.values(WATCHED);
  const names = { problems, ledgerCodes: LEDGER_CODES, twilioCodes: TWILIO_CALL_CODES, routes };
  return new Metrics(names, version);
}
