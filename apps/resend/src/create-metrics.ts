import { Metrics } from '@telemetry/metrics.js';
import { TWILIO_CALL_CODES } from '@verify/twilio-call.js';
import { PROBLEMS } from './problems.js';

/** Metrics whose labels are exactly the codes that this service knows. */
export function createMetrics(version: string): Metrics {
  const problems = new Map(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
  return new Metrics({ problems, ledgerCodes: LEDGER_CODES, twilioCodes: TWILIO_CALL_CODES }, version);
}

const LEDGER_CODES = [
  'challenge-approved',
  'challenge-denied',
  'challenge-expired',
  'challenge-not-found',
  'challenge-not-push',
  'challenge-limit',
  'too-many-requests',
  'blocked',
  'resend-in-progress',
  'held-after-denial',
  'user-limit',
  'cooling-down',
  'idempotency-key-reused',
] as const;
