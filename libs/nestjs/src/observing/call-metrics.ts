import type { LedgerCall } from '@ledger/ledger-call.js';
import type { Dispatched, Reserved } from '@resend/ports.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import { type Correlation, currentRequest } from '@telemetry/request-context.js';
import type { BreakerState } from '@verify/breaker.js';
import type { TwilioCall } from '@verify/twilio-call.js';

const REJECTED =
  'Twilio rejects these credentials: check TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET and TWILIO_VERIFY_SERVICE_SID';
const REJECTED_APP =
  'Twilio refused to issue a token for this OAuth app: check TWILIO_OAUTH_CLIENT_ID and TWILIO_OAUTH_CLIENT_SECRET';
const UNKNOWN_SERVICE =
  'Twilio does not know this Verify Service: check TWILIO_VERIFY_SERVICE_SID and that the credentials belong to its account';
const UNCHECKED = 'could not check whether Twilio accepts the credentials; the first press will tell';
const MAY_NOT_CHECK =
  'Twilio accepts the credentials, but they lack permission to fetch the Verify Service, so it was not checked; grant it, or set TWILIO_START_CHECK=false';
const HALF_OPEN = 'circuit breaker half-open: one fetch tests whether Twilio works again';

/** Counts the calls to the ledger and to Twilio, and logs those that an operator may have to look into. */
export class CallMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  readonly ledgerCalled = (call: LedgerCall): void => {
    const { operation, durationMs } = call;
    this.metrics.ledgerDuration.observe({ operation }, durationMs / 1000);
    if ('error' in call) {
      this.metrics.ledgerErrors.inc({ operation });
      this.log.error({ event: 'ledger.error', operation, err: call.error }, 'ledger call failed; check Redis');
      return;
    }
    if (call.operation === 'reserve') this.decided(call.answer);
    if (call.operation === 'dispatch') this.returned(call.answer);
    if (call.operation === 'settle' && call.answer.kind === 'settled') {
      this.metrics.reservations.inc({ settlement: call.command.settlement.outcome });
    }
  };

  readonly twilioCalled = ({ operation, code, detail, durationMs, isRejected }: TwilioCall): void => {
    currentRequest.getStore()?.twilio.push({ operation, code, durationMs: Math.round(durationMs) });
    this.metrics.twilioCalls.inc({ operation, code });
    this.metrics.twilioDuration.observe({ operation }, durationMs / 1000);
    if (code === 'ok') return this.metrics.twilioRejects.set(0);
    const line = { event: 'twilio.call', operation, code, detail, durationMs: Math.round(durationMs) };
    if (!isRejected) return this.log.warn(line, 'Twilio call failed');
    this.metrics.twilioRejects.set(1);
    this.log.error(line, adviceOn(code));
  };

  /** Once, at startup. A restricted API key may lack only this permission. */
  readonly accessChecked = ({ code, detail, durationMs, isRejected }: Omit<TwilioCall, 'operation'>): void => {
    const line = { event: 'twilio.checked', code, detail, durationMs: Math.round(durationMs) };
    const isForbidden = code === '20403' || code === '70051';
    const isUnknown = code === '20404';
    if (code === 'ok') this.log.info(line, 'Twilio accepts the credentials');
    else if (isForbidden) this.log.warn(line, MAY_NOT_CHECK);
    else if (isRejected || isUnknown) {
      this.metrics.twilioRejects.set(1);
      this.log.error(line, adviceOn(code));
    } else this.log.warn(line, UNCHECKED);
  };

  readonly breakerChanged = (state: BreakerState): void => {
    this.metrics.setBreakerState(state);
    this.metrics.breakerChanges.inc({ state });
    const line = { event: 'twilio.breaker', state };
    if (state === 'open') this.log.error(line, 'circuit breaker opened: Twilio seems down; pushes are refused');
    else this.log.info(line, state === 'closed' ? 'circuit breaker closed: Twilio works again' : HALF_OPEN);
  };

  private decided(reserved: Reserved): void {
    const decision = reserved.kind === 'refused' ? reserved.code : reserved.kind;
    this.metrics.ledgerDecisions.inc({ decision });
    note({ decision, ...waitOf(reserved) });
  }

  /** A refused dispatch gives the reservation back, and replaces the decision that `reserve` made. */
  private returned(dispatched: Dispatched): void {
    if (dispatched.kind === 'lost') note({ decision: 'lost' });
    if (dispatched.kind !== 'refused') return;
    note({ decision: dispatched.code, ...waitOf(dispatched) });
    this.metrics.ledgerDecisions.inc({ decision: dispatched.code });
    this.metrics.reservations.inc({ settlement: 'notSent' });
  }
}

function adviceOn(code: string): string {
  if (code === 'token-rejected') return REJECTED_APP;
  return code === '20404' ? UNKNOWN_SERVICE : REJECTED;
}

function waitOf(answer: Reserved | Dispatched): { waitMs?: number } {
  return 'waitMs' in answer && answer.waitMs !== undefined ? { waitMs: answer.waitMs } : {};
}

/** Stores the decision for the request's log line and span. */
function note(decided: Pick<Correlation, 'decision' | 'waitMs'>): void {
  const request = currentRequest.getStore();
  if (request) Object.assign(request, decided);
}
