import { Registry } from '@prometheus-io/client';
import { CONSUMER_REASONS, SESSION_REASONS } from '@resend/credential-reasons.js';
import type { LedgerOperation } from '@resend/ports.js';
import { type Ask, combinations, Registered } from './registered.js';
import { LIMITS } from './users-at-limit.js';

/** The closed sets of label values. Any other value is a bug. */
export interface MetricNames {
  /** Every problem code with its HTTP status. */
  readonly problems: ReadonlyMap<string, number>;
  readonly ledgerCodes: readonly string[];
  readonly twilioCodes: readonly string[];
  /** The routes that users wait for, by method and route pattern. */
  readonly routes: readonly { readonly surface: string; readonly method: string; readonly route: string }[];
}

/** A record, so that a missing operation does not compile. */
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

/** Why a webhook's signature was refused, or does not prove what the webhook says. */
const WEBHOOK_REASONS = [
  'no-signature',
  'malformed',
  'unexpected-query',
  'too-many-fields',
  'bad-signature',
  'ambiguous',
  'no-raw-body',
] as const;
export type WebhookReason = (typeof WEBHOOK_REASONS)[number];

const SETTLEMENTS = ['sent', 'notSent', 'unknown'] as const;
const SURFACES = ['public', 'private'] as const;
/**
 * Why a client was turned away before any work: the process is `full`, it `pipelined` too many requests, it left its answers
 * `unread`, it was `silent` and others wanted its connection, or there are too many `connections`, in all or of its `address`.
 */
const TURNED_AWAY = ['full', 'pipelined', 'unread', 'silent', 'connections', 'address'] as const;
export type TurnedAway = (typeof TURNED_AWAY)[number];

/** The problem codes for bytes that Node's HTTP parser rejects. */
const UNREADABLE = ['invalid-request', 'headers-too-large', 'request-timeout'] as const;
/** What instances that share a Redis must have in common. */
const COMMON = ['hash-secret', 'policy', 'key-format'] as const;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Up to the default lifetime of a Challenge at Twilio. */
const ANSWER_SECONDS = [1, 2, 3, 5, 10, 20, 30, 60, 120, 300];

/** Why an event stream ended. */
const STREAM_ENDS = [
  'over',
  'hung-up',
  'max-age',
  'drain',
  'replaced',
  'session-ended',
  'session-unknown',
  'not-found',
  'slow-reader',
  'failed',
] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];

/** The counted operations, each with the outcomes of a successful request. */
const OPERATIONS = {
  resend: ['sent', 'replayed'],
  'resend-on-behalf': ['sent', 'replayed', 'told'],
  standing: ['told'],
} as const;
export type Operation = keyof typeof OPERATIONS;

const PRESS_ENDS = ['served', 'refused', 'paused', 'own-fault', 'provider-fault'] as const;
export type PressEnd = (typeof PRESS_ENDS)[number];

/**
 * Every metric of the service; docs/metrics.md says what each is for. No label contains an identity or a SID. All series
 * start at 0: Prometheus does not see an increase in a counter that first appears with 1, so alerts would miss it.
 */
export class Metrics extends Registered {
  /** Called at each scrape to set the gauge of the same name, because no event reports its changes. */
  readonly beforeScrape: { ready?: Ask; paused?: Ask; usersAtLimit?: Ask } = {};

  readonly requests = this.counter(
    'push_resend_requests_total',
    'Resends and looks by operation, outcome (sent; replayed; told, for looks and dry runs; refused; failed, by us or by Twilio) and problem code.',
    { operation: [], outcome: [], code: [] },
  );

  readonly presses = this.counter(
    'push_resend_presses_total',
    'Presses of the button by outcome: served, refused (correctly), paused (by the kill switch), own-fault, provider-fault (Twilio or the network to it).',
    { end: PRESS_ENDS },
  );

  readonly ledgerDecisions = this.counter(
    'push_resend_ledger_decisions_total',
    'Decisions of the ledger about taps: granted, replayed, or the code of the limit that refused. A grant that is withdrawn before the push is sent is also counted under that code.',
    { decision: [] },
  );

  readonly reservations = this.counter(
    'push_resend_reservations_total',
    'Reservations by their result: sent, notSent (returned), unknown (spent, because the push may have been sent).',
    { settlement: SETTLEMENTS },
  );

  readonly challengeOutcomes = this.counter(
    'push_resend_challenge_outcomes_total',
    'Challenges known to have ended, by outcome and by the number of resends that may have been sent before.',
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
    'Users refused by this limit who still have to wait, over all instances that share a ledger. NaN while the ledger does not answer.',
    { limit: LIMITS },
    () => this.beforeScrape.usersAtLimit?.(),
  );

  readonly usersAtLimitErrors = this.counter(
    'push_resend_users_at_limit_errors_total',
    'Failures to record or count users at a limit: push_resend_users_at_limit is then inaccurate or NaN.',
    {},
    () => this.beforeScrape.usersAtLimit?.(),
  );

  readonly throttled = this.counter(
    'push_resend_throttled_total',
    'Requests over a raw limit, refused before any other work, by what is limited: the client address or the session.',
    { throttler: ['address', 'session'], asked: ['taps', 'looks'] },
  );

  readonly sessionsRefused = this.counter(
    'push_resend_sessions_refused_total',
    'Requests to the public API without a valid session, by reason; docs/sessions.md explains each.',
    { reason: SESSION_REASONS },
  );

  readonly consumersRefused = this.counter(
    'push_resend_consumers_refused_total',
    'Requests to the internal API without a valid API key or JWT, by reason; docs/internal-api.md explains each.',
    { reason: CONSUMER_REASONS },
  );

  readonly twilioCalls = this.counter(
    'push_resend_twilio_calls_total',
    'Calls to Twilio by operation and result: ok, an error code of Twilio, or the kind of failure. 60309 must never occur.',
    { operation: [], code: [] },
  );

  readonly twilioDuration = this.histogram(
    'push_resend_twilio_call_duration_seconds',
    'Duration of calls to Twilio, up to the last byte or the deadline.',
    { operation: TWILIO_OPERATIONS },
    SECONDS,
  );

  readonly twilioRejects = this.gauge(
    'push_resend_twilio_rejects_credentials',
    'Whether Twilio rejected our credentials or our Verify Service in the last call or start check: 1 or 0.',
  );

  readonly breakerState = this.gauge(
    'push_resend_breaker_state',
    'State of the circuit breaker for Twilio: 1 for the current state, 0 for the others.',
    { state: BREAKER_STATES },
  );

  readonly breakerChanges = this.counter(
    'push_resend_breaker_transitions_total',
    'State changes of the circuit breaker for Twilio, by the new state.',
    { state: BREAKER_STATES },
  );

  readonly webhooks = this.counter(
    'push_resend_webhooks_total',
    'Webhooks from Twilio by event and result: learnt (new), known (repeated or late), ignored (not about a Challenge of this service), bad-signature, invalid, failed (could not be stored).',
    { event: WEBHOOK_EVENTS, result: WEBHOOK_RESULTS },
  );

  readonly webhooksRefused = this.counter(
    'push_resend_webhooks_refused_total',
    'Webhooks with the result bad-signature, by reason.',
    { reason: WEBHOOK_REASONS },
  );

  readonly webhooksExpected = this.gauge('push_resend_webhooks_expected', 'Whether webhooks are configured: 1 or 0.');

  readonly lastWebhook = this.gauge(
    'push_resend_last_webhook_timestamp_seconds',
    'Unix time of the last webhook with a valid signature; 0 before the first.',
  );

  readonly ledgerDuration = this.histogram(
    'push_resend_ledger_duration_seconds',
    'Duration of commands to the ledger, including failed ones.',
    { operation: LEDGER_OPERATIONS },
    SECONDS,
  );

  readonly ledgerErrors = this.counter(
    'push_resend_ledger_errors_total',
    'Failed commands to the ledger; the caller got ledger-unavailable.',
    { operation: LEDGER_OPERATIONS },
  );

  readonly adminActions = this.counter(
    'push_resend_admin_actions_total',
    'Changes that support and operators made through the internal API, by action.',
    { action: ['reset', 'block', 'unblock', 'pause', 'resume'] },
  );

  readonly paused = this.gauge(
    'push_resend_paused',
    'The kill switch of all instances: 1 while resends are paused. NaN while the ledger does not answer.',
    {},
    () => this.beforeScrape.paused?.(),
  );

  readonly auditErrors = this.counter(
    'push_resend_audit_errors_total',
    'Audit events that could not be stored; each is still in the log.',
  );

  readonly ready = this.gauge(
    'push_resend_ready',
    'Readiness as in /readyz: 1 for ready. instance combines the parts, and is 0 while the instance drains.',
    { part: ['instance', 'ledger', 'sessions'] },
    () => this.beforeScrape.ready?.(),
  );

  readonly instancesDiffer = this.gauge(
    'push_resend_instances_differ',
    'Whether another instance on the same Redis has a different setting: 1 or 0, by setting. For hash-secret this instance is not ready.',
    { what: COMMON },
  );

  readonly httpDuration = this.histogram(
    'push_resend_http_request_duration_seconds',
    'Duration of HTTP requests, by port, method, route pattern and status class.',
    { surface: [], method: [], route: [], status: [] },
    SECONDS,
  );

  readonly unreadable = this.counter(
    'push_resend_http_unreadable_total',
    'Malformed HTTP that never became a request, by port and code: bad syntax, too many headers, clients that never finish.',
    { surface: SURFACES, code: UNREADABLE },
  );

  readonly turnedAway = this.counter(
    'push_resend_http_turned_away_total',
    'Clients turned away before any work, by port and reason: full (requests, refused with 503), pipelined (connections with too many requests at once), unread (connections whose client did not read), silent (connections without a request, closed for new ones), connections (too many in total), address (too many from one address).',
    { surface: SURFACES, reason: TURNED_AWAY },
  );

  readonly connections = this.gauge('push_resend_http_connections', 'Open connections of clients, by port.', {
    surface: SURFACES,
  });

  readonly eventStreams = this.gauge('push_resend_event_streams', 'Event streams that login screens keep open.');

  readonly eventStreamsEnded = this.counter(
    'push_resend_event_streams_ended_total',
    'Event streams that ended, by reason: over (the Challenge ended), hung-up, max-age, drain, replaced (by a newer one of the same session or user), session-ended, session-unknown (the check failed twice in a row), not-found (Twilio no longer knows the Challenge), slow-reader, failed (a bug).',
    { reason: STREAM_ENDS },
  );

  readonly eventStreamsRefused = this.counter(
    'push_resend_event_streams_refused_total',
    'Event streams refused because too many were open on the instance.',
  );

  readonly eventsSent = this.counter(
    'push_resend_events_sent_total',
    'Standings sent on event streams, including the first of each.',
  );

  readonly inFlight = this.gauge(
    'push_resend_requests_in_flight',
    'HTTP requests in progress, on both ports. One with a body counts once its body is complete. An event stream counts until it is open.',
  );

  readonly buildInfo = this.gauge('push_resend_build_info', 'Always 1; the labels are the running versions.', {
    version: [],
    node: [],
  });

  constructor({ problems, ledgerCodes, twilioCodes, routes }: MetricNames, registry = new Registry()) {
    super(registry);
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
    this.setBreakerState('closed');
  }

  /** Sets one state to 1 and the others to 0. */
  setBreakerState(now: (typeof BREAKER_STATES)[number]): void {
    for (const state of BREAKER_STATES) this.breakerState.set({ state }, state === now ? 1 : 0);
  }

  /** Counts a webhook. @param at its arrival, epoch milliseconds; used only if its signature was valid */
  countWebhook(
    event: (typeof WEBHOOK_EVENTS)[number],
    result: (typeof WEBHOOK_RESULTS)[number],
    at = Date.now(),
  ): void {
    this.webhooks.inc({ event, result });
    if (result !== 'bad-signature') this.lastWebhook.set(at / 1000);
  }
}

/** A refusal is a correct answer; only a 5xx is a failure. */
export function outcomeOf(status: number): 'refused' | 'failed' {
  return status < 500 ? 'refused' : 'failed';
}
