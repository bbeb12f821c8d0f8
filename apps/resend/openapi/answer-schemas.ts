import { PROBLEMS } from '@nest/answers/problems.js';
import { INTERNAL_SCHEMAS } from './internal-schemas.js';
import { object, ref, type Schema, string, whole } from './schema.js';

const NEXT_ACTIONS = ['tap', 'wait', 'open-app', 'use-other-factor', 'start-over', 'proceed', 'stop', 'fix-request'];
const RESEND_STATUSES = ['ready', 'in-progress', 'cooling-down', 'limited', 'exhausted', 'closed'];

const standing = {
  'challenge?': ref('Challenge'),
  resend: ref('Resend'),
  nextAction: ref('NextAction'),
  pollAfterSeconds: {
    type: ['integer', 'null'],
    description: 'Ask again after this; null when the Challenge is over.',
  },
};

/** What is answered; the tests hold examples and real answers against it. */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Challenge: object({
    sid: string('Twilio’s SID of the Challenge.'),
    status: string('What Twilio knows of it.', { enum: ['pending', 'approved', 'denied', 'expired'] }),
    expiresInSeconds: whole('Rounded down; 0 when it is over.', { minimum: 0 }),
  }),
  Resend: object({
    status: string('The state of the button. Treat a value that you do not know as `limited`.', {
      enum: RESEND_STATUSES,
    }),
    availableInSeconds: {
      type: ['integer', 'null'],
      description: 'Rounded up; 0 when ready; null when time does not help or would outlast the Challenge.',
      minimum: 0,
    },
    remaining: whole('Resends that this Challenge may still have.', { minimum: 0 }),
    limit: whole('Resends that a Challenge may have.', { minimum: 1 }),
  }),
  NextAction: string('What the screen does next.', { enum: NEXT_ACTIONS }),
  Standing: object(standing),
  Notification: object({
    sid: string('Twilio’s SID of the Notification.', { pattern: '^NT[0-9a-fA-F]{32}$' }),
    ttlSeconds: whole('How long APNs or FCM keep it for a phone that is offline.', { minimum: 0, maximum: 300 }),
    sentAt: string('When it was sent, by the ledger’s clock.', { format: 'date-time' }),
  }),
  Resent: object({ notification: ref('Notification'), ...standing }),
  Liveness: object({ status: string('Always.', { enum: ['ok'] }) }),
  Readiness: object({
    status: ref('Health'),
    checks: object({
      ledger: ref('Health'),
      sessions: ref('Health'),
      draining: { type: 'boolean', description: 'The instance is leaving.' },
    }),
  }),
  Health: string('Can it do its work?', { enum: ['ok', 'unavailable'] }),
  Problem: object({
    type: string('A stable URI of the code.', { format: 'uri' }),
    title: string('For a person, the same for every problem of this code.'),
    status: whole('The HTTP status.', { minimum: 400, maximum: 599 }),
    code: string('What to branch on.', { enum: Object.keys(PROBLEMS) }),
    detail: string('For a person, with the wait where there is one.'),
    requestId: string('To be named when asking for help.'),
    retryable: { type: 'boolean', description: 'May the very same request, with its key, be repeated?' },
    nextAction: ref('NextAction'),
    'retryAfterSeconds?': whole('As in Retry-After.', { minimum: 1 }),
    'challenge?': ref('Challenge'),
    'resend?': ref('Resend'),
    'errors?': {
      type: 'array',
      description: 'What is wrong with the request.',
      items: object({
        pointer: string('Where: a JSON pointer into the body, or `/path/…`, `/query/…`, `/headers/…`.'),
        message: string('What is expected there.'),
      }),
    },
  }),
  ...INTERNAL_SCHEMAS,
};
