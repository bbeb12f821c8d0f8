import { ChallengesController } from '@nest/public/challenges.controller.js';
import { EventsController } from '@nest/events/events.controller.js';
import type { ProblemCode } from '@nest/answers/problems.js';
import type { DescribedOperation } from './operation.js';

const SESSION: readonly ProblemCode[] = [
  'session-invalid',
  'session-unavailable',
  'cross-site-request',
  'too-many-requests',
];
const TWILIO: readonly ProblemCode[] = [
  'provider-error',
  'provider-rejected',
  'provider-throttled',
  'provider-unavailable',
  'overloaded',
];
export const RATE_LIMIT = ['RateLimit-Policy', 'RateLimit'] as const;

const challenge = { sid: 'YC0123456789abcdef0123456789abcdef', status: 'pending', expiresInSeconds: 206 };
const standing = {
  challenge,
  resend: { status: 'cooling-down', availableInSeconds: 60, remaining: 1, limit: 2 },
  nextAction: 'open-app',
  pollAfterSeconds: 2,
};

/** The problems of a look, and of a stream before it opens. */
const LOOK_PROBLEMS: readonly ProblemCode[] = [
  'invalid-request',
  'challenge-not-found',
  ...TWILIO,
  'ledger-unavailable',
  'shutting-down',
  ...SESSION,
];

/** The problems of a resend, by users and on their behalf. */
export const RESEND_PROBLEMS: readonly ProblemCode[] = [
  'invalid-request',
  'idempotency-key-invalid',
  'challenge-not-found',
  'challenge-approved',
  'challenge-denied',
  'resend-in-progress',
  'challenge-expired',
  'idempotency-key-reused',
  'challenge-not-push',
  'cooling-down',
  'user-limit',
  'held-after-denial',
  'challenge-limit',
  ...TWILIO,
  'ledger-unavailable',
  'resends-paused',
  'shutting-down',
  'delivery-unknown',
];

export const RESENT_EXAMPLE = {
  notification: { sid: 'NT0123456789abcdef0123456789abcdef', ttlSeconds: 56, sentAt: '2026-03-02T10:01:34Z' },
  ...standing,
};

/** The operations for login screens. */
export const PUBLIC_OPERATIONS: readonly DescribedOperation[] = [
  [
    ChallengesController,
    'resend',
    {
      id: 'resendPush',
      summary: 'Send the push of this Challenge again',
      description:
        'One press of the button. Sends at most one push; the same Idempotency-Key gets the same answer. 201 means that Twilio has accepted the push, not that it has arrived.',
      tag: 'login screens',
      caller: 'session',
      takesKey: true,
      hasBody: true,
      answers: {
        201: {
          description: 'Twilio has accepted one push.',
          schema: 'Resent',
          example: RESENT_EXAMPLE,
          headers: [...RATE_LIMIT, 'Idempotent-Replayed'],
        },
      },
      problems: [...RESEND_PROBLEMS, ...SESSION],
    },
  ],
  [
    ChallengesController,
    'standing',
    {
      id: 'getStanding',
      summary: 'Get the state of a Challenge and its button',
      description:
        'For a screen that opens, returns to the foreground or polls. Sends and spends nothing. A Challenge that is over also gets a 200.',
      tag: 'login screens',
      caller: 'session',
      answers: {
        200: {
          description: 'The Challenge and the state of the button.',
          schema: 'Standing',
          example: { ...standing, nextAction: 'wait' },
          headers: RATE_LIMIT,
        },
      },
      problems: LOOK_PROBLEMS,
    },
  ],
  [
    EventsController,
    'events',
    {
      id: 'streamStandings',
      summary: 'Follow the state of a Challenge and its button',
      description:
        'Server-sent events, for a screen that would otherwise poll. Each event `standing` has as its `data` the body of `getStanding`: one at once, one after each change, the last one when the Challenge is over. A comment every 15 s by default shows that the stream is alive. The server also ends it when the session ends, the instance stops, the session opens too many, and after ten minutes by default: then call `getStanding`, or reopen it. Beyond an instance’s limit, new streams get `overloaded`.',
      tag: 'login screens',
      caller: 'session',
      answers: {
        200: {
          description: 'The stream.',
          mediaType: 'text/event-stream',
          example: `event: standing\ndata: ${JSON.stringify({ ...standing, nextAction: 'wait' })}\n\n`,
        },
      },
      problems: LOOK_PROBLEMS,
    },
  ],
];
