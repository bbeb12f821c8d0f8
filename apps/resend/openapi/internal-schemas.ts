import { AUDIT_TYPES } from '@audit/audit-trail.js';
import { list, object, ref, type Schema, string, whole } from './schema.js';

const policies = list('Every limit and its use.', ref('PolicyUse'));
const tap = {
  decision: string('The outcome of a tap.', { enum: ['send', 'refuse'] }),
  code: string('`ready`, or the code of the problem that a tap would get.'),
  status: whole('The HTTP status that a tap would get.'),
  'retryAfterSeconds?': whole('The Retry-After that a tap would get.', { minimum: 1 }),
};

/** The schemas of the internal API's answers. */
export const INTERNAL_SCHEMAS: Readonly<Record<string, Schema>> = {
  RegisteredSession: object({
    id: string('The id of the session, used to end it.'),
    token: string('The bearer token. It is shown only in this answer.'),
    expiresAt: string('When it expires.', { format: 'date-time' }),
  }),
  PolicyUse: object({
    name: string('The name in RateLimit, or `cooldown`, `hold-after-denial`.'),
    used: whole('How much of the limit is used.', { minimum: 0 }),
    limit: whole('The limit.', { minimum: 1 }),
    'windowSeconds?': whole('The length of the window.'),
    'availableInSeconds?': whole('Rounded up; 0 while there is room; absent when waiting does not help.', {
      minimum: 0,
    }),
  }),
  DryRun: object({
    dryRun: { type: 'boolean', const: true },
    ...tap,
    policies,
    'challenge?': ref('Challenge'),
    resend: ref('Resend'),
    nextAction: ref('NextAction'),
  }),
  ResendState: object({
    userHash: string('Identifies the user in the logs and the audit trail.'),
    policies,
    challenges: list(
      'The remembered Challenges, most recently updated first.',
      object({
        sid: string('Twilio’s SID of the Challenge.'),
        'status?': string('Its status at Twilio; absent before the first fetch.', {
          enum: ['pending', 'approved', 'denied', 'expired'],
        }),
        'expiresInSeconds?': whole('Rounded down.', { minimum: 0 }),
        'ageSeconds?': whole('Time since it was created.', { minimum: 0 }),
        resends: object({
          used: whole('Resends that may have been sent.'),
          limit: whole('Maximum number of resends.'),
        }),
        'lastResendSecondsAgo?': whole('Time since its last resend.', { minimum: 0 }),
        tap: object(tap),
      }),
    ),
    'hold?': object({ endsInSeconds: whole('Time until the hold after a denial ends.') }),
    'block?': object({
      endsInSeconds: whole('Time until the block ends.'),
      'reason?': string('Why it was set. Absent when older than the audit trail.'),
      'actor?': string('Who set it.'),
      'setAt?': string('When it was set.', { format: 'date-time' }),
    }),
    'pause?': object({ endsInSeconds: whole('Time until the pause ends.'), reason: string('Why it was set.') }),
    explanation: list('A human-readable explanation, most important first.', { type: 'string' }),
  }),
  Reset: object({
    before: object({
      windows: list('The use of each window before the reset.', ref('PolicyUse')),
      'hold?': object({ endsInSeconds: whole('Time that was left of the hold.') }),
    }),
  }),
  Block: object({ endsInSeconds: whole('Time until the block ends.'), reason: string('Why it was set.') }),
  Pause: object({
    paused: { type: 'boolean', description: 'Whether resends are paused for all users.' },
    'reason?': string('Why it was set.'),
    'endsInSeconds?': whole('Time until the pause ends.'),
  }),
  AuditPage: object({
    events: list(
      'Newest first.',
      object({
        id: string('The event’s id, the same in the audit trail and in the log.'),
        occurredAt: string('When it happened, by the clock of the instance.', { format: 'date-time' }),
        type: string('What happened.', { enum: [...AUDIT_TYPES] }),
        'user?': string('The user, as the keyed hash; absent for events that concern all users.'),
        'challengeSid?': string('Twilio’s SID of the Challenge.'),
        actor: string('`session`, `key:<id>`, `client:<id>` or `twilio`.'),
        'reason?': string('Why it was done.'),
        'reference?': string('The support case or incident that it belongs to.'),
        'requestId?': string('The request, to find its log line.'),
        'changes?': { type: 'object', additionalProperties: { type: ['string', 'number'] } },
      }),
    ),
    'before?': string('Pass it to get the next page; absent on the last page.'),
  }),
};
