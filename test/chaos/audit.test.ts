import { describe, expect, test } from 'vitest';
import { audit, RULES } from './audit.js';
import type { OutsideRecord, Press, Push } from './outside-record.js';

/** 2026-03-02T10:00:00Z. */
const T = 1_772_445_600_000;

const push = (sid: string, at: number, more: Partial<Push> = {}): Push => ({
  user: 'ann',
  challengeSid: 'YC1',
  sid,
  at: T + at,
  ttlSeconds: 0,
  ...more,
});

const press = (at: number, answer: Press['answer'], more: Partial<Press> = {}): Press => ({
  user: 'ann',
  challengeSid: 'YC1',
  at: T + at,
  until: T + at + 50,
  answer,
  ...more,
});

const sent = (sid: string, replayed = false) => ({ kind: 'sent', sid, replayed }) as const;
const refused = (code: string) => ({ kind: 'refused', code }) as const;

/** Cooldowns of 1 and 2 s, two resends a Challenge, 3 in 6 s; 100 and 20 ms on the way. Nothing happened. */
const calm: OutsideRecord = {
  policy: {
    cooldownsMs: [1000, 2000],
    maxPerChallenge: 2,
    userLimits: [{ limit: 3, windowMs: 6000 }],
    denyHoldMs: 3000,
    leaseMs: 1000,
  },
  allowances: { dispatchToSendMs: 100, transitMs: 20 },
  presses: [],
  pushes: [],
  creates: [],
  responses: [],
  tellings: [],
  disturbances: [],
  afterwards: { stuck: [], misled: [], immortalKeys: [] },
};

/** A record in which every push was announced and journaled, unless it says otherwise. */
function recordOf(pushes: readonly Push[], more: Partial<OutsideRecord> = {}): OutsideRecord {
  const presses = pushes.map(({ user, challengeSid, sid, at }) =>
    press(at - T - 10, sent(sid), { user, challengeSid }),
  );
  return { ...calm, pushes, presses, creates: pushes.map((one) => createOf(one)), ...more };
}

function createOf({ user, challengeSid, at }: Push) {
  return { user, challengeSid, at, created: true };
}

function brokenBy(record: OutsideRecord): string[] {
  return [...new Set(audit(record).map(({ rule }) => rule))];
}

test('an eventful record without a breach passes', () => {
  const pushes = [
    push('NT1', 0, { ttlSeconds: 1 }),
    push('NT2', 2000, { ttlSeconds: 300 }),
    push('NT3', 3000, { challengeSid: 'YC2' }),
    push('NT4', 6010, { challengeSid: 'YC3' }),
    push('NT5', 100, { user: 'bob', challengeSid: 'YC4' }),
    push('NT6', 8100, { challengeSid: 'YC3' }),
  ];
  const record = recordOf(pushes, {
    presses: [
      press(-10, sent('NT1'), { key: 'press-01' }),
      press(-5, refused('resend-in-progress'), { key: 'press-01' }),
      press(100, sent('NT1', true), { key: 'press-01' }),
      press(200, sent('NT1', true), { key: 'press-02' }),
      press(1990, refused('delivery-unknown'), { key: 'press-03' }),
      press(2500, refused('delivery-unknown'), { key: 'press-03' }),
      press(2990, { kind: 'cut' }, { challengeSid: 'YC2' }),
      press(6000, sent('NT4'), { challengeSid: 'YC3' }),
      press(90, sent('NT5'), { user: 'bob', challengeSid: 'YC4', key: 'press-01' }),
      press(8050, refused('provider-unavailable'), { challengeSid: 'YC3', key: 'press-04' }),
      press(8090, sent('NT6'), { challengeSid: 'YC3', key: 'press-04' }),
    ],
    responses: [
      { user: 'ann', challengeSid: 'YC2', status: 'approved', at: T + 4000 },
      { user: 'bob', challengeSid: 'YC4', status: 'denied', at: T + 500 },
    ],
    tellings: [
      { user: 'ann', challengeSid: 'YC2', status: 'approved', at: T + 4500 },
      { user: 'bob', challengeSid: 'YC4', status: 'denied', at: T + 600 },
    ],
  });
  expect(audit(record)).toEqual([]);
});

const planted: Record<string, Record<string, OutsideRecord>> = {
  'no Challenge gets more than its cap, and Twilio never has to say so': {
    'a third resend': recordOf([push('NT1', 0), push('NT2', 7000), push('NT3', 14_000)]),
    'Twilio had to refuse one': { ...calm, creates: [{ ...createOf(push('', 0)), created: false, code: 60309 }] },
  },
  'two pushes to a user are a cooldown apart': {
    'a millisecond less than can be explained': recordOf([push('NT1', 0), push('NT2', 879, { challengeSid: 'YC2' })]),
    'the longer wait before the second resend': recordOf([push('NT1', 0), push('NT2', 1879)]),
  },
  'no window holds more than its limit': {
    'four in six seconds': recordOf(
      [0, 1900, 3800, 5879].map((at, index) => push(`NT${index}`, at, { challengeSid: `YC${index}` })),
    ),
    'an approval too late to have cleared them': recordOf(
      [0, 1900, 3800, 5879].map((at, index) => push(`NT${index}`, at, { challengeSid: `YC${index}` })),
      { responses: [{ user: 'ann', challengeSid: 'YC0', status: 'approved', at: T + 5880 }] },
    ),
    'somebody else’s approval': recordOf(
      [0, 1900, 3800, 5879].map((at, index) => push(`NT${index}`, at, { challengeSid: `YC${index}` })),
      { responses: [{ user: 'bob', challengeSid: 'YC9', status: 'approved', at: T + 3000 }] },
    ),
  },
  'at most one unexpired resend of a Challenge is queued': {
    'the first outlives the second’s start': recordOf([push('NT1', 0, { ttlSeconds: 3 }), push('NT2', 2999)]),
  },
  'no push for a Challenge once its answer is known': {
    'a create that Twilio refused': {
      ...calm,
      creates: [{ ...createOf(push('', 221)), created: false, code: 60322 }],
      tellings: [{ user: 'ann', challengeSid: 'YC1', status: 'approved', at: T + 100 }],
    },
  },
  'no push to a user in the hold after a known denial': {
    'another Challenge of the user': recordOf([push('NT1', 1500, { challengeSid: 'YC2' })], {
      responses: [{ user: 'ann', challengeSid: 'YC1', status: 'denied', at: T }],
      tellings: [{ user: 'ann', challengeSid: 'YC1', status: 'denied', at: T + 1000 }],
    }),
  },
  'every 201 has its Notification, and different presses have different ones': {
    'a Notification that nobody made': { ...calm, presses: [press(0, sent('NT1'))] },
    'a replay of one that nobody made': { ...calm, presses: [press(0, sent('NT1', true))] },
    'that of another Challenge': recordOf([push('NT1', 0)], {
      presses: [press(-10, sent('NT1')), press(0, sent('NT1', true), { challengeSid: 'YC2' })],
    }),
    'one for two presses': recordOf([push('NT1', 0)], {
      presses: [press(-10, sent('NT1')), press(-5, sent('NT1'))],
    }),
  },
  'every push was announced, or may have been sent: what was given back created nothing': {
    'given back, and yet sent': recordOf([push('NT1', 0)], { presses: [press(-10, refused('provider-unavailable'))] }),
    'sent twice for one press': recordOf([push('NT1', 0), push('NT2', 2000)], {
      presses: [press(-10, { kind: 'cut' }, { key: 'press-01', until: T + 9000 })],
    }),
    'announced, and sent once more for its key': recordOf([push('NT1', 0), push('NT2', 2000)], {
      presses: [
        press(-10, sent('NT1'), { key: 'press-01' }),
        press(1990, refused('delivery-unknown'), { key: 'press-01' }),
      ],
      disturbances: [{ from: T, to: T + 9000 }],
    }),
    'by a request that was never received': recordOf([push('NT1', 0)], {
      presses: [press(-10, { kind: 'unreached' })],
    }),
    'before anybody pressed': recordOf([push('NT1', 0)], { presses: [press(1, { kind: 'cut' })] }),
  },
  'the same key has the same answer': {
    'two Notifications': recordOf([push('NT1', 0), push('NT2', 2000)], {
      presses: [press(-10, sent('NT1'), { key: 'press-01' }), press(1990, sent('NT2'), { key: 'press-01' })],
    }),
    'sent, and then unknown, though nothing was disturbed': recordOf([push('NT1', 0)], {
      presses: [
        press(-10, sent('NT1'), { key: 'press-01' }),
        press(500, refused('delivery-unknown'), { key: 'press-01' }),
      ],
      disturbances: [{ from: T + 5000, to: T + 6000 }],
    }),
  },
  'nobody is stuck': { 'somebody is': { ...calm, afterwards: { ...calm.afterwards, stuck: ['ann'] } } },
  'after the wait told, the tap is sent': {
    'it was not': { ...calm, afterwards: { ...calm.afterwards, misled: ['ann'] } },
  },
  'every key in Redis expires': {
    'one does not': { ...calm, afterwards: { ...calm.afterwards, immortalKeys: ['key'] } },
  },
  'nothing fails that was not planned to': {
    'a bug of ours': { ...calm, presses: [press(0, refused('internal-error'))] },
  },
  'the record is whole': {
    'a push that no call made': { ...recordOf([push('NT1', 0)]), creates: [] },
  },
};

describe.each(Object.entries(planted))('%s', (rule, records) => {
  test.each(Object.entries(records))('is seen to be broken by: %s', (_, record) => {
    expect(brokenBy(record)).toEqual([rule]);
  });
});

test('every rule has a record that breaks it', () => {
  expect(Object.keys(planted).toSorted()).toEqual(Object.keys(RULES).toSorted());
});
