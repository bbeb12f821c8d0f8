import { AUDIT_TYPES } from '@audit/audit-trail.js';
import { list, object, ref, type Schema, string, whole } from './schema.js';

const policies = list('Every limit, with what is used of it.', ref('PolicyUse'));
const tap = {
  decision: string('What a tap would lead to.', { enum: ['send', 'refuse'] }),
  code: string('`ready`, or the code of the problem.'),
  status: whole('The HTTP status of a tap.'),
  'retryAfterSeconds?': whole('Its Retry-After.', { minimum: 1 }),
};

/** What the internal API answers. */
export const INTERNAL_SCHEMAS: Readonly<Record<string, Schema>> = {
  RegisteredSession: object({
    id: string('Names the session, to end it.'),
    token: string('The bearer token. It is told this once.'),
    expiresAt: string('When it ends by itself.', { format: 'date-time' }),
  }),
  PolicyUse: object({
    name: string('As in RateLimit, or `cooldown`, `hold-after-denial`.'),
    used: whole('How much of it is used.', { minimum: 0 }),
    limit: whole('How much of it there is.', { minimum: 1 }),
    'windowSeconds?': whole('Over what time.'),
    'availableInSeconds?': whole('Rounded up; 0 while there is room; absent where time does not help.', { minimum: 0 }),
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
    userHash: string('Names the user in the logs and the audit trail.'),
    policies,
    challenges: list(
      'The remembered Challenges, the one heard of last first.',
      object({
        sid: string('Twilio’s SID of the Challenge.'),
        'status?': string('What Twilio knows of it; absent before it was asked.', {
          enum: ['pending', 'approved', 'denied', 'expired'],
        }),
        'expiresInSeconds?': whole('Rounded down.', { minimum: 0 }),
        'ageSeconds?': whole('Since it was created.', { minimum: 0 }),
        resends: object({ used: whole('That may have gone out.'), limit: whole('That it may have.') }),
        'lastResendSecondsAgo?': whole('Since its last resend.', { minimum: 0 }),
        tap: object(tap),
      }),
    ),
    'hold?': object({ endsInSeconds: whole('The hold after a denial.') }),
    'block?': object({
      endsInSeconds: whole('The block.'),
      'reason?': string('Why, as long as the audit trail remembers.'),
      'actor?': string('Who set it.'),
      'setAt?': string('When.', { format: 'date-time' }),
    }),
    'pause?': object({ endsInSeconds: whole('The kill switch.'), reason: string('Why.') }),
    explanation: list('The same for a person, the most important first.', { type: 'string' }),
  }),
  Reset: object({
    before: object({
      windows: list('What was used.', ref('PolicyUse')),
      'hold?': object({ endsInSeconds: whole('The hold that was ended.') }),
    }),
  }),
  Block: object({ endsInSeconds: whole('Until it ends by itself.'), reason: string('Why.') }),
  Pause: object({
    paused: { type: 'boolean', description: 'No resend for anybody.' },
    'reason?': string('Why.'),
    'endsInSeconds?': whole('Until it ends by itself.'),
  }),
  AuditPage: object({
    events: list(
      'Newest first.',
      object({
        id: string('The same wherever the event is read or logged.'),
        occurredAt: string('By the clock of the instance that did it.', { format: 'date-time' }),
        type: string('What was done.', { enum: [...AUDIT_TYPES] }),
        'user?': string('Whose it is, as the keyed hash; absent where it is everybody’s.'),
        'challengeSid?': string('Twilio’s SID of the Challenge.'),
        actor: string('`session`, `key:<id>`, `client:<id>` or `twilio`.'),
        'reason?': string('Why.'),
        'reference?': string('The case it belongs to.'),
        'requestId?': string('Finds the log line.'),
        'changes?': { type: 'object', additionalProperties: { type: ['string', 'number'] } },
      }),
    ),
    'before?': string('Where the next page begins; absent on the last one.'),
  }),
};
