/** Situations of a user, and what a support agent is told of each. */
import type { Overview, Standing } from '@resend/ports.js';
import type { ExplainedBy } from '@nest/internal/explain.js';

const SID = `YC${'a'.repeat(32)}`;
const FREE = 'A resend is possible now.';
const FREE_ANEW = 'A resend for a new sign-in is possible now.';
const UNKNOWN = 'This user has no known sign-in.';
const MINUTE = 60_000;

type Challenge = Overview['challenges'][number];

const windows = (used24h = 0, used15m = 0, resetInMs = 0): Standing['windows'] => [
  { limit: 10, windowMs: 24 * 60 * MINUTE, used: used24h, ...(used24h > 0 && { resetInMs }) },
  { limit: 5, windowMs: 15 * MINUTE, used: used15m, ...(used15m > 0 && { resetInMs }) },
];
const standing = (next: Standing['next'], more: Partial<Standing> = {}): Standing => ({
  next,
  resends: { used: 0, limit: 2 },
  windows: windows(),
  ...more,
});
const overview = (next: Standing['next'] = { code: 'ready' }, more: Partial<Overview> = {}): Overview => ({
  anew: standing(next),
  challenges: [],
  ...more,
});
const waits = (next: Standing['next'], used = 0, more: Partial<Challenge> = {}): Challenge => ({
  sid: SID,
  ageMs: MINUTE,
  standing: standing(next, { challenge: { status: 'pending', remainingMs: 4 * MINUTE }, resends: { used, limit: 2 } }),
  ...more,
});
const ended = (status: 'approved' | 'denied' | 'expired', used = 0): Challenge => ({
  sid: SID,
  standing: standing(
    { code: `challenge-${status}` },
    { challenge: { status, remainingMs: 0 }, resends: { used, limit: 2 } },
  ),
});

export interface Case {
  readonly name: string;
  readonly given: Overview;
  readonly more?: Partial<ExplainedBy>;
  readonly told: readonly string[];
}

export const ofUser: readonly Case[] = [
  { name: 'nothing is known', given: overview(), told: [UNKNOWN, FREE] },
  {
    name: 'paused',
    given: overview(),
    more: { paused: { reason: 'incident 991', endsInMs: 14 * MINUTE } },
    told: ['Resends are paused for all users for another 14 minutes: "incident 991".', UNKNOWN],
  },
  {
    name: 'blocked',
    given: overview({ code: 'blocked', waitMs: 120 * MINUTE }, { blockedMs: 120 * MINUTE }),
    more: { blockReason: 'push bombing' },
    told: ['Resends are blocked for this user for another 2 hours: "push bombing".', UNKNOWN],
  },
  {
    name: 'blocked, and nobody knows why any more',
    given: overview({ code: 'blocked', waitMs: 61 * MINUTE }, { blockedMs: 61 * MINUTE }),
    told: ['Resends are blocked for this user for another 1 hour 1 minute.', UNKNOWN],
  },
  {
    name: 'guessing',
    given: overview({ code: 'too-many-requests', waitMs: 11_200 }),
    told: ['Too many unknown sign-ins were requested; new ones will not be looked up for 12 seconds.', UNKNOWN],
  },
  {
    name: 'under way',
    given: overview({ code: 'resend-in-progress', waitMs: 8000 }),
    told: ['A push is being sent right now; the result is expected within 8 seconds.', UNKNOWN],
  },
  {
    name: 'held',
    given: overview({ code: 'held-after-denial', waitMs: 8 * MINUTE }, { heldMs: 8 * MINUTE }),
    told: ['The user denied a push 2 minutes ago: no resend for another 8 minutes.', UNKNOWN],
  },
  {
    name: 'one window is full',
    given: {
      anew: standing({ code: 'user-limit', waitMs: 11 * MINUTE }, { windows: windows(7, 5, 11 * MINUTE) }),
      challenges: [],
    },
    told: ['5 of 5 resends in the last 15 minutes are used up; the next one is possible in 11 minutes.', UNKNOWN],
  },
  {
    name: 'both windows are full',
    given: {
      anew: standing({ code: 'user-limit', waitMs: 642_000 }, { windows: windows(10, 5, 642_000) }),
      challenges: [],
    },
    told: [
      '5 of 5 resends in the last 15 minutes are used up; the next one is possible in 10 minutes 42 seconds.',
      '10 of 10 resends in the last 24 hours are used up; the next one is possible in 10 minutes 42 seconds.',
      UNKNOWN,
    ],
  },
  {
    name: 'a window of one hour is full',
    given: {
      anew: standing(
        { code: 'user-limit', waitMs: MINUTE },
        { windows: [{ limit: 3, windowMs: 60 * MINUTE, used: 4, resetInMs: MINUTE }] },
      ),
      challenges: [],
    },
    told: ['4 of 3 resends in the last hour are used up; the next one is possible in 1 minute.', UNKNOWN],
  },
  {
    name: 'cooling down, after a sign-in that is over',
    given: overview(
      { code: 'cooling-down', waitMs: 18_000 },
      { challenges: [{ ...ended('approved', 1), lastResendAgoMs: 12_900 }] },
    ),
    told: [
      'The last resend went out 12 seconds ago; one for a new sign-in is possible in 18 seconds.',
      `The user approved ${SID}, after 1 of 2 resends.`,
    ],
  },
];

export const ofChallenge: readonly Case[] = [
  {
    name: 'ready',
    given: overview({ code: 'ready' }, { challenges: [waits({ code: 'ready' })] }),
    told: [`${SID} is pending for another 4 minutes, and has had 0 of 2 resends.`, FREE],
  },
  {
    name: 'cooling down',
    given: overview(
      { code: 'cooling-down', waitMs: 18_000 },
      { challenges: [waits({ code: 'cooling-down', waitMs: 48_000 }, 1, { lastResendAgoMs: 12_000 })] },
    ),
    told: [
      `${SID} is pending for another 4 minutes, and has had 1 of 2 resends, the last one 12 seconds ago; the next one is possible in 48 seconds.`,
    ],
  },
  {
    name: 'cooling down since the automatic push',
    given: overview({ code: 'ready' }, { challenges: [waits({ code: 'cooling-down', waitMs: 1000 })] }),
    told: [
      `${SID} is pending for another 4 minutes, and has had 0 of 2 resends; the next one is possible in 1 second.`,
    ],
  },
  {
    name: 'a limit of the user that outlasts the Challenge',
    given: {
      anew: standing({ code: 'user-limit', waitMs: 11 * MINUTE }, { windows: windows(5, 5, 11 * MINUTE) }),
      challenges: [waits({ code: 'user-limit', waitMs: 11 * MINUTE })],
    },
    told: [
      '5 of 5 resends in the last 15 minutes are used up; the next one is possible in 11 minutes.',
      `${SID} is pending for another 4 minutes, and has had 0 of 2 resends; it will expire before the next one is possible: offer another factor.`,
    ],
  },
  {
    name: 'a cooldown that outlasts the Challenge',
    given: overview({ code: 'ready' }, { challenges: [waits({ code: 'cooling-down', waitMs: 5 * MINUTE }, 1)] }),
    told: [
      `${SID} is pending for another 4 minutes, and has had 1 of 2 resends; it will expire before the next one is possible: offer another factor or a new sign-in.`,
    ],
  },
  {
    name: 'used up',
    given: overview({ code: 'ready' }, { challenges: [waits({ code: 'challenge-limit' }, 2)] }),
    told: [`${SID} has had 2 of 2 resends: offer another factor or a new sign-in.`],
  },
  {
    name: 'too old',
    given: overview(
      { code: 'ready' },
      { challenges: [waits({ code: 'challenge-limit' }, 1, { ageMs: 11 * MINUTE + 900 })] },
    ),
    told: [`${SID} is 11 minutes old, and gets no resend after 10 minutes: offer another factor or a new sign-in.`],
  },
  {
    name: 'exhausted by Twilio’s own word',
    given: overview({ code: 'ready' }, { challenges: [waits({ code: 'challenge-limit' }, 1)] }),
    told: [`Twilio reports that the pushes of ${SID} are used up: offer another factor or a new sign-in.`],
  },
  {
    name: 'approved',
    given: overview({ code: 'ready' }, { challenges: [ended('approved', 1)] }),
    told: [`The user approved ${SID}, after 1 of 2 resends.`, FREE_ANEW],
  },
  {
    name: 'denied',
    given: overview({ code: 'ready' }, { challenges: [ended('denied')] }),
    told: [`The user denied ${SID}, after 0 of 2 resends: no more pushes will be sent for it.`, FREE_ANEW],
  },
  {
    name: 'expired',
    given: overview({ code: 'ready' }, { challenges: [ended('expired', 2)] }),
    told: [`Nobody answered ${SID} in time, after 2 of 2 resends.`, FREE_ANEW],
  },
  {
    name: 'not found',
    given: overview(
      { code: 'ready' },
      { challenges: [{ sid: SID, standing: standing({ code: 'challenge-not-found' }) }] },
    ),
    told: [`Twilio has no Challenge ${SID} for this user.`, FREE_ANEW],
  },
  {
    name: 'not a push',
    given: overview({ code: 'ready' }, { challenges: [waits({ code: 'challenge-not-push' })] }),
    told: [`The factor of ${SID} can not receive a push: offer another factor.`],
  },
  {
    name: 'only asked for',
    given: overview({ code: 'ready' }, { challenges: [{ sid: SID, standing: standing({ code: 'ready' }) }] }),
    told: [`${SID} was looked up, but Twilio has not answered yet; it has had 0 of 2 resends.`, FREE_ANEW],
  },
];

export const together: readonly Case[] = [
  {
    name: 'everything at once, in the order in which it weighs',
    given: {
      anew: standing({ code: 'blocked', waitMs: 3 * 24 * 60 * MINUTE }, { windows: windows(5, 5, 11 * MINUTE) }),
      blockedMs: 3 * 24 * 60 * MINUTE,
      heldMs: 9 * MINUTE + 30_000,
      challenges: [
        ended('denied', 1),
        { ...waits({ code: 'blocked', waitMs: 3 * 24 * 60 * MINUTE }), sid: `YC${'b'.repeat(32)}` },
      ],
    },
    more: { paused: { reason: 'incident', endsInMs: 500 }, blockReason: 'fraud' },
    told: [
      'Resends are paused for all users for another 1 second: "incident".',
      'Resends are blocked for this user for another 3 days: "fraud".',
      'The user denied a push 30 seconds ago: no resend for another 9 minutes 30 seconds.',
      '5 of 5 resends in the last 15 minutes are used up; the next one is possible in 11 minutes.',
      `YC${'b'.repeat(32)} is pending for another 4 minutes, and has had 0 of 2 resends; it will expire before the next one is possible: offer another factor.`,
    ],
  },
  {
    name: 'of earlier sign-ins only those that wait',
    given: overview(
      { code: 'ready' },
      {
        challenges: [
          { ...ended('expired'), sid: 'YC-first' },
          { ...waits({ code: 'challenge-limit' }, 2), sid: 'YC-second' },
          { ...ended('approved'), sid: 'YC-third' },
        ],
      },
    ),
    told: [
      'The user approved YC-third, after 0 of 2 resends.',
      'YC-second has had 2 of 2 resends: offer another factor or a new sign-in.',
      FREE_ANEW,
    ],
  },
  {
    name: 'a cooldown that only a new sign-in meets is told by the one that waits',
    given: overview(
      { code: 'cooling-down', waitMs: 30_000 },
      { challenges: [waits({ code: 'challenge-limit' }, 2), { ...ended('approved'), sid: 'YC-later' }] },
    ),
    told: [
      'The user approved YC-later, after 0 of 2 resends.',
      `${SID} has had 2 of 2 resends: offer another factor or a new sign-in.`,
    ],
  },
];
