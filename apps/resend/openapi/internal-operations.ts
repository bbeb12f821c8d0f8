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

/** The operations for the login backend, the support desk and the fraud team. */
export const INTERNAL_OPERATIONS: readonly DescribedOperation[] = [
  [
    SessionsController,
    'register',
    {
      ...CONSUMER,
      id: 'registerSession',
      summary: 'Register a user’s session',
      description: 'The token is shown only in this answer. Only with SESSION_STRATEGY=token.',
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
      answers: { 204: { description: 'The session has ended, now or earlier.' } },
    },
  ],
  [
    NotificationsController,
    'resend',
    {
      ...CONSUMER,
      id: 'resendOnBehalf',
      summary: 'Send the push again on behalf of a user',
      description: 'Under the same limits as for the user. With `dryRun` nothing is sent, spent or stored.',
      takesKey: true,
      hasBody: true,
      answers: {
        200: {
          description: 'The dry run: the full decision.',
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
    'get',
    {
      ...CONSUMER,
      id: 'getResendState',
      summary: 'Explain why a user gets no push',
      description: 'Every limit and its use, the remembered Challenges, and an explanation in plain words.',
      answers: { 200: { description: 'The state.', schema: 'ResendState', example: RESEND_STATE_EXAMPLE } },
    },
  ],
  [
    LimitsController,
    'reset',
    {
      ...CONSUMER,
      id: 'resetLimits',
      summary: 'Reset a user’s windows, and end a hold',
      description: 'Does not change cooldowns, the cap of a Challenge, a resend in progress or a block.',
      hasBody: true,
      answers: { 201: { description: 'The values before the reset.', schema: 'Reset', example: RESET_EXAMPLE } },
    },
  ],
  [
    LimitsController,
    'block',
    {
      ...CONSUMER,
      id: 'blockUser',
      summary: 'Block resends for a user for some time',
      description: 'The login screen shows an ordinary limit; internal callers get `blocked`.',
      hasBody: true,
      answers: {
        200: {
          description: 'The block; it replaces an earlier one.',
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
      answers: { 204: { description: 'The user is not blocked, and may not have been before.' } },
    },
  ],
  [
    AuditEventsController,
    'page',
    {
      ...CONSUMER,
      id: 'listAuditEvents',
      summary: 'List audit events, newest first',
      description: 'Paged: pass the `before` of one page to get the next. Refusals are not audit events.',
      answers: { 200: { description: 'One page.', schema: 'AuditPage', example: AUDIT_PAGE_EXAMPLE } },
    },
  ],
  [
    PauseController,
    'get',
    {
      ...CONSUMER,
      id: 'getPause',
      summary: 'Get the kill switch',
      answers: { 200: { description: 'The kill switch.', schema: 'Pause', example: { paused: false } } },
    },
  ],
  [
    PauseController,
    'set',
    {
      ...CONSUMER,
      id: 'setPause',
      summary: 'Pause or resume resends for all users',
      description: 'Applies to all instances at once, from the next tap on. A pause expires by itself.',
      hasBody: true,
      answers: {
        200: {
          description: 'The new state of the kill switch.',
          schema: 'Pause',
          example: { paused: true, reason: 'APNs incident', endsInSeconds: 900 },
        },
      },
    },
  ],
];
