import { AuditEventsController } from '@nest/internal/audit-events.controller.js';
import { LimitsController } from '@nest/internal/limits.controller.js';
import { NotificationsController } from '@nest/internal/notifications.controller.js';
import { PauseController } from '@nest/internal/pause.controller.js';
import { ResendStateController } from '@nest/internal/resend-state.controller.js';
import { SessionsController } from '@nest/internal/sessions.controller.js';
import {
  AUDIT_PAGE_EXAMPLE,
  DRY_RUN_EXAMPLE,
  RESEND_STATE_EXAMPLE,
  RESET_EXAMPLE,
  SESSION_EXAMPLE,
} from './internal-examples.js';
import type { DescribedOperation, Operation } from './operation.js';
import { RATE_LIMIT, RESEND_PROBLEMS, RESENT_EXAMPLE } from './public-operations.js';

const CONSUMER = {
  tag: 'internal consumers',
  caller: 'consumer',
  problems: ['invalid-request', 'session-invalid', 'insufficient-scope', 'session-unavailable', 'ledger-unavailable'],
} as const satisfies Partial<Operation>;

/** What the login backend, the support desk and the fraud team call. */
export const INTERNAL_OPERATIONS: readonly DescribedOperation[] = [
  [
    SessionsController,
    'register',
    {
      ...CONSUMER,
      id: 'registerSession',
      summary: 'Register whom a session token speaks for',
      description: 'The token is told this once. Only with SESSION_STRATEGY=token.',
      hasBody: true,
      answers: { 201: { description: 'The session.', schema: 'RegisteredSession', example: SESSION_EXAMPLE } },
    },
  ],
  [
    SessionsController,
    'revoke',
    {
      ...CONSUMER,
      id: 'endSession',
      summary: 'End a session',
      answers: { 204: { description: 'It is over, or was already.' } },
    },
  ],
  [
    NotificationsController,
    'resend',
    {
      ...CONSUMER,
      id: 'resendOnBehalf',
      summary: 'Send the push again on behalf of a user',
      description: 'Under the same limits as from the phone. With `dryRun` nothing is sent, spent or remembered.',
      takesKey: true,
      hasBody: true,
      answers: {
        200: {
          description: 'The dry run: the whole decision.',
          schema: 'DryRun',
          example: DRY_RUN_EXAMPLE,
          headers: RATE_LIMIT,
        },
        201: {
          description: 'Twilio has accepted one push.',
          schema: 'Resent',
          example: RESENT_EXAMPLE,
          headers: [...RATE_LIMIT, 'Idempotent-Replayed'],
        },
      },
      problems: [...CONSUMER.problems, ...RESEND_PROBLEMS, 'blocked', 'too-many-requests'],
    },
  ],
  [
    ResendStateController,
    'tell',
    {
      ...CONSUMER,
      id: 'getResendState',
      summary: 'Why does no push come?',
      description: 'Every limit with what is used of it, the remembered Challenges, and the same in plain words.',
      answers: { 200: { description: 'The state.', schema: 'ResendState', example: RESEND_STATE_EXAMPLE } },
    },
  ],
  [
    LimitsController,
    'reset',
    {
      ...CONSUMER,
      id: 'resetLimits',
      summary: 'Start the windows of a user afresh, and end a hold',
      description: 'Touches no cooldown, no Challenge’s cap, no resend under way, and lifts no block.',
      hasBody: true,
      answers: { 201: { description: 'What was before.', schema: 'Reset', example: RESET_EXAMPLE } },
    },
  ],
  [
    LimitsController,
    'block',
    {
      ...CONSUMER,
      id: 'blockUser',
      summary: 'No resend for this user for a while',
      description: 'The phone is shown an ordinary limit; internal callers are told `blocked`.',
      hasBody: true,
      answers: {
        200: {
          description: 'The block; it takes the place of one before.',
          schema: 'Block',
          example: { endsInSeconds: 86_400, reason: 'Push bombing, INC-991' },
        },
      },
    },
  ],
  [
    LimitsController,
    'unblock',
    {
      ...CONSUMER,
      id: 'unblockUser',
      summary: 'End a block',
      hasBody: true,
      answers: { 204: { description: 'There is none, or there was none.' } },
    },
  ],
  [
    AuditEventsController,
    'page',
    {
      ...CONSUMER,
      id: 'listAuditEvents',
      summary: 'What was done, newest first',
      description: 'By pages: `before` of one page begins the next. Refusals are no events.',
      answers: { 200: { description: 'One page.', schema: 'AuditPage', example: AUDIT_PAGE_EXAMPLE } },
    },
  ],
  [
    PauseController,
    'tell',
    {
      ...CONSUMER,
      id: 'getPause',
      summary: 'Are resends paused?',
      answers: { 200: { description: 'The kill switch.', schema: 'Pause', example: { paused: false } } },
    },
  ],
  [
    PauseController,
    'set',
    {
      ...CONSUMER,
      id: 'setPause',
      summary: 'Pause resends for everybody, or go on',
      description: 'Of all instances at once, from the next tap on. Ends by itself.',
      hasBody: true,
      answers: {
        200: {
          description: 'The kill switch as it is now.',
          schema: 'Pause',
          example: { paused: true, reason: 'APNs incident', endsInSeconds: 900 },
        },
      },
    },
  ],
];
