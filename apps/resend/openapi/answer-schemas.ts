import { type NextAction, PROBLEMS } from '@nest/answers/problems.js';
import type { ResendStatus } from '@nest/answers/standing-body.js';
import { INTERNAL_SCHEMAS } from './internal-schemas.js';
import { object, ref, type Schema, string, whole } from './schema.js';

/** Records, so that a missing value does not compile. */
const NEXT_ACTIONS = Object.keys({
  tap: true,
  wait: true,
  'open-app': true,
  'use-other-factor': true,
  'start-over': true,
  proceed: true,
  stop: true,
  'fix-request': true,
} satisfies Record<NextAction, true>);
const RESEND_STATUSES = Object.keys({
  ready: true,
  'in-progress': true,
  'cooling-down': true,
  limited: true,
  exhausted: true,
  closed: true,
} satisfies Record<ResendStatus, true>);

const standing = {
  'challenge?': ref('Challenge'),
  resend: ref('Resend'),
  nextAction: ref('NextAction'),
  pollAfterSeconds: {
    type: ['integer', 'null'],
    description: 'When to poll again; null when the Challenge is over.',
  },
};

/** The schemas of all answers. Tests validate the examples and real answers against them. */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Challenge: object({
    sid: string('Twilio’s SID of the Challenge.'),
    status: string('Its status at Twilio.', { enum: ['pending', 'approved', 'denied', 'expired'] }),
    expiresInSeconds: whole('Rounded down; 0 when the Challenge is over.', { minimum: 0 }),
  }),
  Resend: object({
    status: string('The state of the button. Treat an unknown value as `limited`.', {
      enum: RESEND_STATUSES,
    }),
    availableInSeconds: {
      type: ['integer', 'null'],
      description: 'Rounded up; 0 when ready; null when waiting does not help or would outlast the Challenge.',
      minimum: 0,
    },
    remaining: whole('Resends left for this Challenge.', { minimum: 0 }),
    limit: whole('Maximum number of resends of a Challenge.', { minimum: 1 }),
  }),
  NextAction: string('What the screen should do next.', { enum: NEXT_ACTIONS }),
  Standing: object(standing),
  Notification: object({
    sid: string('Twilio’s SID of the Notification.', { pattern: '^NT[0-9a-fA-F]{32}$' }),
    ttlSeconds: whole('How long APNs or FCM store it for an offline phone.', { minimum: 0, maximum: 300 }),
    sentAt: string('When it was sent, by the clock of the ledger.', { format: 'date-time' }),
  }),
  Resent: object({ notification: ref('Notification'), ...standing }),
  Liveness: object({ status: string('Always `ok`.', { enum: ['ok'] }) }),
  Readiness: object({
    status: ref('Health'),
    checks: object({
      ledger: ref('Health'),
      sessions: ref('Health'),
      draining: { type: 'boolean', description: 'The instance is shutting down.' },
    }),
  }),
  Health: string('Whether this part works.', { enum: ['ok', 'unavailable'] }),
  Problem: object({
    type: string('A stable URI that identifies the code.', { format: 'uri' }),
    title: string('A human-readable title, the same for all problems with this code.'),
    status: whole('The HTTP status.', { minimum: 400, maximum: 599 }),
    code: string('Machine-readable: branch on this.', { enum: Object.keys(PROBLEMS) }),
    detail: string('A human-readable explanation, including any wait.'),
    requestId: string('Quote it when you ask for help.'),
    retryable: { type: 'boolean', description: 'Whether the same request may be repeated with the same key.' },
    nextAction: ref('NextAction'),
    'retryAfterSeconds?': whole('The same as Retry-After.', { minimum: 1 }),
    'challenge?': ref('Challenge'),
    'resend?': ref('Resend'),
    'errors?': {
      type: 'array',
      description: 'What is wrong with the request.',
      items: object({
        pointer: string('Where: a JSON pointer into the body, or `/path/…`, `/query/…`, `/headers/…`.'),
        message: string('What is expected.'),
      }),
    },
  }),
  ...INTERNAL_SCHEMAS,
};
