import type { Logger } from 'pino';
import type { LedgerCall } from '@ledger/ledger-call.js';
import type { Dispatched, Reserved } from '@resend/ports.js';
import type { Metrics } from '@telemetry/metrics.js';
import { note, trails } from '@telemetry/request-context.js';
import type { BreakerState } from '@verify/breaker.js';
import type { TwilioCall } from '@verify/twilio-call.js';

const REJECTED =
  'Twilio rejects these credentials: check TWILIO_ACCOUNT_SID, TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET and TWILIO_VERIFY_SERVICE_SID';

/** Counts what the adapters do, and logs what an operator may have to look into. */
export class Observer {
  constructor(
    private readonly metrics: Metrics,
    private readonly log: Logger,
  ) {}

  readonly ledgerCalled = (call: LedgerCall): void => {
    const { operation, durationMs } = call;
    this.metrics.ledgerDuration.observe({ operation }, durationMs / 1000);
    if ('error' in call) {
      this.metrics.ledgerErrors.inc({ operation });
      this.log.error({ event: 'ledger.error', operation, err: call.error }, 'the ledger did not answer');
      return;
    }
    if (call.operation === 'reserve') this.decided(call.answer);
    if (call.operation === 'dispatch') this.returned(call.answer);
    if (call.operation === 'settle' && call.answer.kind === 'settled') {
      this.metrics.reservations.inc({ settlement: call.command.settlement.outcome });
    }
  };

  readonly twilioCalled = ({ operation, code, detail, durationMs, isRejected }: TwilioCall): void => {
    trails.getStore()?.twilio.push({ operation, code, durationMs: Math.round(durationMs) });
    this.metrics.twilioCalls.inc({ operation, code });
    this.metrics.twilioDuration.observe({ operation }, durationMs / 1000);
    if (code === 'ok') return;
    const line = { event: 'twilio.call', operation, code, detail, durationMs: Math.round(durationMs) };
    if (isRejected) this.log.error(line, REJECTED);
    else this.log.warn(line, 'a call to Twilio failed');
  };

  readonly breakerChanged = (state: BreakerState): void => {
    this.metrics.breakerIs(state);
    this.metrics.breakerChanges.inc({ state });
    const line = { event: 'twilio.breaker', state };
    if (state === 'open') this.log.error(line, 'Twilio is taken to be down: nobody waits for it');
    else this.log.info(line, state === 'closed' ? 'Twilio is back' : 'one fetch finds out whether Twilio is back');
  };

  private decided(reserved: Reserved): void {
    const decision = reserved.kind === 'refused' ? reserved.code : reserved.kind;
    this.metrics.ledgerDecisions.inc({ decision });
    note({ decision, ...waitOf(reserved) });
  }

  /** A dispatch that says no returns the reservation and decides the tap after all. */
  private returned(dispatched: Dispatched): void {
    if (dispatched.kind === 'lost') note({ decision: 'lost' });
    if (dispatched.kind !== 'refused') return;
    note({ decision: dispatched.code, ...waitOf(dispatched) });
    this.metrics.ledgerDecisions.inc({ decision: dispatched.code });
    this.metrics.reservations.inc({ settlement: 'notSent' });
  }
}

function waitOf(told: Reserved | Dispatched): { waitMs?: number } {
  return 'waitMs' in told && told.waitMs !== undefined ? { waitMs: told.waitMs } : {};
}
