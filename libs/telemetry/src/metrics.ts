import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';

/** The closed sets that labels are made of; whoever counts anything else has a bug. */
export interface MetricNames {
  /** Every code that a caller can be told, with its HTTP status. */
  readonly problems: ReadonlyMap<string, number>;
  readonly ledgerCodes: readonly string[];
  readonly twilioCodes: readonly string[];
}

const OPERATIONS = ['resend', 'standing'] as const;
const LEDGER_OPERATIONS = [
  'reserve',
  'dispatch',
  'settle',
  'peek',
  'look',
  'learn',
  'reset',
  'block',
  'unblock',
] as const;
const TWILIO_OPERATIONS = ['fetchChallenge', 'createNotification'] as const;
const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
const SETTLEMENTS = ['sent', 'notSent', 'unknown'] as const;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric of the service. No label ever holds an identity or a SID, and every counter has every combination at 0 from the start. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new Counter({
    name: 'push_resend_requests_total',
    help: 'Requests of the public API by what was asked, how it ended (sent, replayed, told, refused: the caller got a "no", failed: we or Twilio did) and the code told.',
    labelNames: ['operation', 'outcome', 'code'] as const,
    registers: [this.registry],
  });

  readonly ledgerDecisions = new Counter({
    name: 'push_resend_ledger_decisions_total',
    help: 'Decisions of the ledger about taps: granted, replayed, or the code of the limit that said no. A grant that is taken back before the push leaves counts under that code as well.',
    labelNames: ['decision'] as const,
    registers: [this.registry],
  });

  readonly reservations = new Counter({
    name: 'push_resend_reservations_total',
    help: 'Reservations by what became of them: sent, notSent (given back), unknown (spent, as it may have gone out).',
    labelNames: ['settlement'] as const,
    registers: [this.registry],
  });

  readonly twilioCalls = new Counter({
    name: 'push_resend_twilio_calls_total',
    help: 'Calls to Twilio by operation and result: ok, an error code of Twilio, or the shape of the failure.',
    labelNames: ['operation', 'code'] as const,
    registers: [this.registry],
  });

  readonly twilioDuration = new Histogram({
    name: 'push_resend_twilio_call_duration_seconds',
    help: 'How long calls to Twilio took, from the call to the last byte or the deadline.',
    labelNames: ['operation'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly breakerState = new Gauge({
    name: 'push_resend_breaker_state',
    help: 'The breaker towards Twilio: 1 for the state it is in, 0 for the others.',
    labelNames: ['state'] as const,
    registers: [this.registry],
  });

  readonly breakerChanges = new Counter({
    name: 'push_resend_breaker_transitions_total',
    help: 'Changes of the breaker towards Twilio, by the state it went to.',
    labelNames: ['state'] as const,
    registers: [this.registry],
  });

  readonly ledgerDuration = new Histogram({
    name: 'push_resend_ledger_duration_seconds',
    help: 'How long commands to the ledger took, whether it answered or not.',
    labelNames: ['operation'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly ledgerErrors = new Counter({
    name: 'push_resend_ledger_errors_total',
    help: 'Commands that the ledger did not answer; the caller was told ledger-unavailable.',
    labelNames: ['operation'] as const,
    registers: [this.registry],
  });

  readonly httpDuration = new Histogram({
    name: 'push_resend_http_request_duration_seconds',
    help: 'How long HTTP requests took, by port, method, route pattern and status class.',
    labelNames: ['surface', 'method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly inFlight = new Gauge({
    name: 'push_resend_requests_in_flight',
    help: 'HTTP requests that are being worked on, on both ports.',
    registers: [this.registry],
  });

  readonly buildInfo = new Gauge({
    name: 'push_resend_build_info',
    help: 'Always 1; the labels say what is running.',
    labelNames: ['version', 'node'] as const,
    registers: [this.registry],
  });

  constructor({ problems, ledgerCodes, twilioCodes }: MetricNames, version: string) {
    collectDefaultMetrics({ register: this.registry });
    this.buildInfo.set({ version, node: process.versions.node }, 1);
    for (const operation of OPERATIONS) {
      for (const [code, status] of problems) {
        this.requests.inc({ operation, outcome: outcomeOf(status), code }, 0);
      }
    }
    this.requests.inc({ operation: 'resend', outcome: 'sent', code: 'none' }, 0);
    this.requests.inc({ operation: 'resend', outcome: 'replayed', code: 'none' }, 0);
    this.requests.inc({ operation: 'standing', outcome: 'told', code: 'none' }, 0);
    for (const decision of ['granted', 'replayed', ...ledgerCodes]) this.ledgerDecisions.inc({ decision }, 0);
    for (const settlement of SETTLEMENTS) this.reservations.inc({ settlement }, 0);
    for (const operation of TWILIO_OPERATIONS) {
      this.twilioDuration.zero({ operation });
      for (const code of twilioCodes) this.twilioCalls.inc({ operation, code }, 0);
    }
    for (const operation of LEDGER_OPERATIONS) {
      this.ledgerDuration.zero({ operation });
      this.ledgerErrors.inc({ operation }, 0);
    }
    for (const state of BREAKER_STATES) this.breakerChanges.inc({ state }, 0);
    this.breakerIs('closed');
  }

  /** One state is 1, the others are 0. */
  breakerIs(now: (typeof BREAKER_STATES)[number]): void {
    for (const state of BREAKER_STATES) this.breakerState.set({ state }, state === now ? 1 : 0);
  }
}

/** A "no" of ours is a correct answer; only 5xx is a failure. */
export function outcomeOf(status: number): 'refused' | 'failed' {
  return status < 500 ? 'refused' : 'failed';
}
