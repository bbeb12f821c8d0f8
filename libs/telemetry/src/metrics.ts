import { collectDefaultMetrics, Counter, Gauge, Histogram, type LabelValues, Registry } from '@prometheus-io/client';
import type { LedgerOperation } from '@resend/ports.js';
import { LIMITS } from './users-at-limit.js';

/** The closed sets that labels are made of; whoever counts anything else has a bug. */
export interface MetricNames {
  /** Every code that a caller can be told, with its HTTP status. */
  readonly problems: ReadonlyMap<string, number>;
  readonly ledgerCodes: readonly string[];
  readonly twilioCodes: readonly string[];
  /** The routes that people wait for: route pattern by method. */
  readonly routes: readonly { readonly surface: string; readonly method: string; readonly route: string }[];
}

/** A record, so that an operation that is missing here does not compile. */
const LEDGER_OPERATIONS = Object.keys({
  reserve: true,
  dispatch: true,
  settle: true,
  peek: true,
  look: true,
  learn: true,
  overview: true,
  reset: true,
  block: true,
  unblock: true,
} satisfies Record<LedgerOperation, true>);
const TWILIO_OPERATIONS = ['fetchChallenge', 'createNotification'] as const;
const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
const WEBHOOK_EVENTS = ['challenge.approved', 'challenge.denied', 'other'] as const;
const WEBHOOK_RESULTS = ['learnt', 'known', 'ignored', 'bad-signature', 'invalid', 'failed'] as const;
const SETTLEMENTS = ['sent', 'notSent', 'unknown'] as const;
const SURFACES = ['public', 'private'] as const;
/** What Node's parser says of bytes that never become a request. */
const UNREADABLE = ['invalid-request', 'headers-too-large', 'request-timeout'] as const;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** As long as a Challenge of Twilio's default length lives. */
const ANSWER_SECONDS = [1, 2, 3, 5, 10, 20, 30, 60, 120, 300];

/** What can be asked for, with what is answered when nothing is wrong. */
const OPERATIONS = {
  resend: ['sent', 'replayed'],
  'resend-on-behalf': ['sent', 'replayed', 'told'],
  standing: ['told'],
} as const;
export type Operation = keyof typeof OPERATIONS;

const PRESS_ENDS = ['served', 'refused', 'paused', 'own-fault', 'provider-fault'] as const;
export type PressEnd = (typeof PRESS_ENDS)[number];

/** Every value that a label can have. An empty set: its series are born in the constructor. */
type Labels<Label extends string> = Readonly<Record<Label, readonly string[]>>;

/**
 * Every metric of the service; docs/metrics.md says what each is for. No label ever holds an identity or a SID, and
 * everything is there at 0 from the start: a counter that is born at 1 has not increased, and no alert hears of it.
 */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = this.counter(
    'push_resend_requests_total',
    'Resends and looks by what was asked, how it ended (sent, replayed, told, refused: the caller got a "no", failed: we or Twilio did) and the code told.',
    { operation: [], outcome: [], code: [] },
  );

  readonly presses = this.counter(
    'push_resend_presses_total',
    'Presses of the button by who is to blame: served, refused (a correct "no"), paused (the kill switch), own-fault, provider-fault (Twilio, or the way there).',
    { end: PRESS_ENDS },
  );

  readonly ledgerDecisions = this.counter(
    'push_resend_ledger_decisions_total',
    'Decisions of the ledger about taps: granted, replayed, or the code of the limit that said no. A grant that is taken back before the push leaves counts under that code as well.',
    { decision: [] },
  );

  readonly reservations = this.counter(
    'push_resend_reservations_total',
    'Reservations by what became of them: sent, notSent (given back), unknown (spent, as it may have gone out).',
    { settlement: SETTLEMENTS },
  );

  readonly challengeOutcomes = this.counter(
    'push_resend_challenge_outcomes_total',
    'Challenges that ended, as far as this service learnt of it, by how they ended and by the number of resends that may have gone out before.',
    { outcome: ['approved', 'denied', 'expired'], resends: ['0', '1', '2', '3'] },
  );

  readonly resendToOutcome = this.histogram(
    'push_resend_resend_to_outcome_seconds',
    'Time from the last resend of a Challenge to its approval or denial.',
    { outcome: ['approved', 'denied'] },
    ANSWER_SECONDS,
  );

  readonly usersAtLimit = this.gauge(
    'push_resend_users_at_limit',
    'Users who were told no by this limit and still have to wait, over all instances that share a ledger. NaN while the ledger can not be asked.',
    { limit: LIMITS },
  );

  readonly usersAtLimitErrors = this.counter(
    'push_resend_users_at_limit_errors_total',
    'Times that the users at a limit could not be written down or counted: push_resend_users_at_limit is then too low, or NaN.',
  );

  readonly throttled = this.counter(
    'push_resend_throttled_total',
    'Requests that were refused before anybody was asked, by what was counted: the client address or the session.',
    { throttler: ['address', 'session'], asked: ['taps', 'looks'] },
  );

  readonly twilioCalls = this.counter(
    'push_resend_twilio_calls_total',
    'Calls to Twilio by operation and result: ok, an error code of Twilio, or the shape of the failure. 60309 must never be seen.',
    { operation: [], code: [] },
  );

  readonly twilioDuration = this.histogram(
    'push_resend_twilio_call_duration_seconds',
    'How long calls to Twilio took, from the call to the last byte or the deadline.',
    { operation: TWILIO_OPERATIONS },
    SECONDS,
  );

  readonly breakerState = this.gauge(
    'push_resend_breaker_state',
    'The breaker towards Twilio: 1 for the state it is in, 0 for the others.',
    { state: BREAKER_STATES },
  );

  readonly breakerChanges = this.counter(
    'push_resend_breaker_transitions_total',
    'Changes of the breaker towards Twilio, by the state it went to.',
    { state: BREAKER_STATES },
  );

  readonly webhooks = this.counter(
    'push_resend_webhooks_total',
    'Webhooks from Twilio by event and by what became of them: learnt (news), known (repeated or late), ignored (not about a Challenge of this service), bad-signature, invalid, failed (could not be learnt).',
    { event: WEBHOOK_EVENTS, result: WEBHOOK_RESULTS },
  );

  readonly webhooksExpected = this.gauge(
    'push_resend_webhooks_expected',
    'Whether the settings for webhooks are there: 1, or 0 where Twilio is not to call.',
  );

  readonly lastWebhook = this.gauge(
    'push_resend_last_webhook_timestamp_seconds',
    'When the last webhook with a valid signature came, in Unix time; 0 before the first.',
  );

  readonly ledgerDuration = this.histogram(
    'push_resend_ledger_duration_seconds',
    'How long commands to the ledger took, whether it answered or not.',
    { operation: LEDGER_OPERATIONS },
    SECONDS,
  );

  readonly ledgerErrors = this.counter(
    'push_resend_ledger_errors_total',
    'Commands that the ledger did not answer; the caller was told ledger-unavailable.',
    { operation: LEDGER_OPERATIONS },
  );

  readonly adminActions = this.counter(
    'push_resend_admin_actions_total',
    'What support and operators changed through the internal API, by kind.',
    { action: ['reset', 'block', 'unblock', 'pause', 'resume'] },
  );

  readonly paused = this.gauge(
    'push_resend_paused',
    'The kill switch of all instances: 1 while resends are paused. NaN while nobody can tell.',
  );

  readonly auditErrors = this.counter(
    'push_resend_audit_errors_total',
    'Audit events that could not be kept; each is in the log all the same.',
  );

  readonly ready = this.gauge(
    'push_resend_ready',
    'What /readyz would say: 1 for ready. instance is all of it, and 0 while it drains.',
    { part: ['instance', 'ledger', 'sessions'] },
  );

  readonly httpDuration = this.histogram(
    'push_resend_http_request_duration_seconds',
    'How long HTTP requests took, by port, method, route pattern and status class.',
    { surface: [], method: [], route: [], status: [] },
    SECONDS,
  );

  readonly unreadable = this.counter(
    'push_resend_http_unreadable_total',
    'What was answered without ever becoming a request, by port and code: bad HTTP, too many headers, clients that never finish.',
    { surface: SURFACES, code: UNREADABLE },
  );

  readonly inFlight = this.gauge(
    'push_resend_requests_in_flight',
    'HTTP requests that are being worked on, on both ports.',
  );

  readonly buildInfo = this.gauge('push_resend_build_info', 'Always 1; the labels say what is running.', {
    version: [],
    node: [],
  });

  constructor({ problems, ledgerCodes, twilioCodes, routes }: MetricNames, version: string) {
    collectDefaultMetrics({ register: this.registry });
    this.buildInfo.set({ version, node: process.versions.node }, 1);
    for (const [operation, outcomes] of Object.entries(OPERATIONS)) {
      for (const outcome of outcomes) this.requests.inc({ operation, outcome, code: 'none' }, 0);
      for (const [code, status] of problems) {
        this.requests.inc({ operation, outcome: outcomeOf(status), code }, 0);
      }
    }
    for (const decision of ['granted', 'replayed', ...ledgerCodes]) this.ledgerDecisions.inc({ decision }, 0);
    for (const labels of combinations({ operation: TWILIO_OPERATIONS, code: twilioCodes })) {
      this.twilioCalls.inc(labels, 0);
    }
    for (const route of routes) {
      for (const status of ['2xx', '4xx', '5xx']) this.httpDuration.zero({ ...route, status });
    }
    this.breakerIs('closed');
  }

  /** One state is 1, the others are 0. */
  breakerIs(now: (typeof BREAKER_STATES)[number]): void {
    for (const state of BREAKER_STATES) this.breakerState.set({ state }, state === now ? 1 : 0);
  }

  /** @param at when it came, where its signature was valid: epoch milliseconds */
  webhookCame(event: (typeof WEBHOOK_EVENTS)[number], result: (typeof WEBHOOK_RESULTS)[number], at = Date.now()): void {
    this.webhooks.inc({ event, result });
    if (result !== 'bad-signature') this.lastWebhook.set(at / 1000);
  }

  private counter<Label extends string = never>(name: string, help: string, labels = {} as Labels<Label>) {
    const counter = new Counter({ name, help, labelNames: labelsOf(labels), registers: [this.registry] });
    for (const combination of combinations(labels)) counter.inc(combination, 0);
    return counter;
  }

  private gauge<Label extends string = never>(name: string, help: string, labels = {} as Labels<Label>) {
    const gauge = new Gauge({ name, help, labelNames: labelsOf(labels), registers: [this.registry] });
    for (const combination of combinations(labels)) gauge.set(combination, 0);
    return gauge;
  }

  private histogram<Label extends string>(name: string, help: string, labels: Labels<Label>, buckets: number[]) {
    const histogram = new Histogram({ name, help, labelNames: labelsOf(labels), buckets, registers: [this.registry] });
    for (const combination of combinations(labels)) histogram.zero(combination);
    return histogram;
  }
}

/** A "no" of ours is a correct answer; only 5xx is a failure. */
export function outcomeOf(status: number): 'refused' | 'failed' {
  return status < 500 ? 'refused' : 'failed';
}

function labelsOf<Label extends string>(labels: Labels<Label>): Label[] {
  return Object.keys(labels) as Label[];
}

/** Every way to choose one value for each label; none where a set is empty. */
function combinations<Label extends string>(labels: Labels<Label>): LabelValues<Label>[] {
  const none = {} as LabelValues<Label>;
  return labelsOf(labels).reduce(
    (chosen, label) => chosen.flatMap((some) => labels[label].map((value) => ({ ...some, [label]: value }))),
    [none],
  );
}
