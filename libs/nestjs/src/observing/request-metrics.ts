import { type Metrics, outcomeOf, type PressEnd } from '@telemetry/metrics.js';
import { PROBLEMS, type ProblemCode } from '../answers/problems.js';
import type { RequestContext } from '../requests/request-context.js';

/** Failures of Twilio or of the network to it. Rejected credentials are our own fault. */
const PROVIDER_FAULTS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'provider-error',
  'provider-throttled',
  'provider-unavailable',
  'delivery-unknown',
]);

/** Counts a finished resend or look. A dry run never counts as a press. */
export function countOperation(
  { operation, problemCode: code, isDryRun, isReplayed }: RequestContext,
  metrics: Metrics,
): void {
  if (!operation) return;
  const isReadOnly = operation === 'standing' || isDryRun === true;
  const success = isReadOnly ? 'told' : isReplayed ? 'replayed' : 'sent';
  const outcome = code === undefined ? success : outcomeOf(PROBLEMS[code].status);
  metrics.requests.inc({ operation, outcome, code: code ?? 'none' });
  if (!isReadOnly) metrics.presses.inc({ end: endOfPress(code) });
}

/** Who caused the outcome: the service level objectives are based on it. */
function endOfPress(code: ProblemCode | undefined): PressEnd {
  if (code === undefined) return 'served';
  if (PROBLEMS[code].status < 500) return 'refused';
  if (code === 'resends-paused') return 'paused';
  return PROVIDER_FAULTS.has(code) ? 'provider-fault' : 'own-fault';
}
