import { internal, look, tap } from '../message.js';
import type { Scenario } from '../scene.js';
import { answerTo, ask, begin, fault, login, nextChallenge, noFaults, reaches } from '../steps.js';

/** What Twilio does at once. */
const KINDS = [
  'accept-then-reset',
  'reset-before',
  'close-reused-socket',
  'error-json',
  'error-html',
  'error-empty',
  'error-null',
  'html-success',
  'truncated-body',
  'huge-body',
  'redirect-json',
  'redirect-html',
  'throttled',
  'throttled-retry-after',
  'throttled-retry-after-date',
  'challenge-limit',
  'unauthorized',
  'missing-dates',
  'missing-date-header',
  'other-sid',
  'other-identity',
  'problem-body',
  'gzip',
];
/** What goes on until a deadline ends it, with what is said of it. */
const SLOW_KINDS: Readonly<Record<string, object>> = {
  delay: { delayMs: 5000 },
  drip: {},
  'never-answer': {},
  'endless-body': { delayMs: 1000 },
};
/** One socket, so that a create meets the one that its fetch has used; and no breaker. */
const ONE_SOCKET = { TWILIO_MAX_CONCURRENT: '1', TWILIO_BREAKER_FAILURES: '1000' };
/** Long enough for everything that Twilio does at once, on any machine. */
export const PATIENT = {
  ...ONE_SOCKET,
  TWILIO_FETCH_DEADLINE_MS: '9000',
  TWILIO_CREATE_DEADLINE_MS: '9000',
  RESEND_LEASE_SECONDS: '60',
};
/** Short, as they are waited for. */
export const IMPATIENT = { ...ONE_SOCKET, TWILIO_FETCH_DEADLINE_MS: '1000', TWILIO_CREATE_DEADLINE_MS: '1000' };

/** Errors of Twilio that tell more than that something failed. */
const CODES = {
  60307: 403,
  60309: 429,
  60315: 400,
  60318: 400,
  60322: 400,
  60333: 400,
  20404: 404,
  20003: 403,
  20429: 429,
};

type Operation = 'fetchChallenge' | 'createNotification';

/** A tap and a look that meet the fault, and the same tap when it is over. */
function failing(operation: Operation, kind: string, more: object = {}): Scenario {
  return {
    name: `${operation}: ${kind}`,
    steps: [
      login(),
      fault(operation, kind, { times: 10, ...more }),
      ask('a tap', tap({ key: 'press-0001' })),
      ask('a look', look()),
      noFaults,
      ask('the same tap again', tap({ key: 'press-0001' })),
    ],
  };
}

const OPERATIONS: readonly Operation[] = ['fetchChallenge', 'createNotification'];

/** Twilio takes too long. */
export function slowFaults(operation: Operation): Scenario[] {
  return Object.entries(SLOW_KINDS).map(([kind, more]) => failing(operation, kind, more));
}

/** Twilio misbehaves. */
export const faults: readonly Scenario[] = [
  ...OPERATIONS.flatMap((operation) => KINDS.map((kind) => failing(operation, kind))),
  failing('fetchChallenge', 'unknown-status'),
  {
    name: 'codes of Twilio for a create',
    steps: Object.entries(CODES).flatMap(([code, status]) => [
      login(),
      fault('createNotification', 'error-json', { status, code: Number(code), times: 1 }),
      ask(`${code}: a tap`, tap()),
      ask(`${code}: the same tap again`, tap()),
      noFaults,
    ]),
  },
  {
    name: 'codes of Twilio for a fetch',
    steps: Object.entries(CODES).flatMap(([code, status]) => [
      login(),
      fault('fetchChallenge', 'error-json', { status, code: Number(code), times: 10 }),
      ask(`${code}: a tap`, tap()),
      noFaults,
    ]),
  },
  {
    name: 'faults as the internal API tells them',
    steps: [
      login(),
      fault('fetchChallenge', 'reset-before', { times: 10 }),
      ask(
        'a dry run',
        internal('POST /identities/<identity>/challenges/<challenge>/notifications', { body: { dryRun: true } }),
      ),
      noFaults,
      fault('createNotification', 'accept-then-reset', { times: 1 }),
      ask('a resend', internal('POST /identities/<identity>/challenges/<challenge>/notifications')),
      ask('the state', internal('GET /identities/<identity>/resend-state')),
      ask('the events', internal('GET /audit-events?identity=<identity>')),
    ],
  },
];

/** One call to Twilio at once, and nobody may wait for it. */
export const NARROW = { TWILIO_MAX_CONCURRENT: '1', TWILIO_QUEUE_LIMIT: '0' };
export const narrow: readonly Scenario[] = [
  {
    name: 'more taps than there is room for',
    steps: [
      login(),
      fault('fetchChallenge', 'delay', { delayMs: 600, times: 1 }),
      begin('the first user', tap()),
      reaches('fetchChallenge'),
      login({ as: 'other' }),
      ask(
        'a second user on behalf',
        internal('POST /identities/<other identity>/challenges/<other challenge>/notifications'),
      ),
      ask('a look of the first', look()),
      answerTo('the first user'),
    ],
  },
];

/** The first call that fails as if Twilio were down leaves it alone, for longer than all of this takes. */
export const BROKEN = { TWILIO_BREAKER_FAILURES: '1', TWILIO_BREAKER_OPEN_MS: '59000' };
export const broken: readonly Scenario[] = [
  {
    name: 'Twilio is left alone',
    steps: [
      login({ isUnbound: true }),
      ask('a look before', look()),
      fault('fetchChallenge', 'error-empty', { times: 10 }),
      ask('the tap that finds it', tap()),
      ask('a tap after it', tap()),
      ask('a look after it', look()),
      nextChallenge(),
      ask('a look at what is not known yet', look()),
      ask(
        'a dry run',
        internal('POST /identities/<identity>/challenges/<challenge>/notifications', { body: { dryRun: true } }),
      ),
      noFaults,
    ],
  },
];
