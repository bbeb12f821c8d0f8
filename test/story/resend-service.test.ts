import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { by, challengeSid, pending, policy, refusal, sent, session, Story } from './fakes.js';

let story: Story;
beforeEach(() => {
  story = new Story();
});

describe('one resend', () => {
  test('leaves with the ttl and the time limit of its dispatch, and frees its slot', async () => {
    const { notification, standing } = await story.tap();
    expect(notification).toEqual({ sid: sent.sid, ttlSeconds: 56, sentAt: story.now });
    expect(standing.next).toEqual({ code: 'cooling-down', waitMs: 60_000 });
    expect(story.twilio.creates).toEqual([{ ttlSeconds: 56, sendBefore: story.now + 500 }]);
    expect(story.twilio.slotsTaken).toBe(0);
  });

  test('is answered by Twilio’s outcome even when settling fails, and the lease heals the rest', async () => {
    story.ledger.breakAfter = { settle: true };
    const { notification, standing } = await story.tap();
    expect(notification.sid).toBe(sent.sid);
    expect(standing.next).toEqual({ code: 'cooling-down', waitMs: 60_000 });
  });

  test('whose dispatch reply is lost sends nothing and costs nothing', async () => {
    story.ledger.breakAfter = { dispatch: true };
    expect((await refusal(story.tap())).code).toBe('ledger-unavailable');
    expect(story.twilio.creates).toEqual([]);
    expect(await story.used()).toBe(0);
  });

  test('a process that slept past its lease sends nothing', async () => {
    story.twilio.duringFetch = () => (story.now += policy.leaseMs);
    expect((await refusal(story.tap())).code).toBe('ledger-unavailable');
    expect(story.twilio.creates).toEqual([]);
    expect(await story.used()).toBe(0);
  });

  test('is stopped by a block that comes while Twilio is asked', async () => {
    story.twilio.duringFetch = () => void story.ledger.block(session.identity, 60_000);
    expect((await refusal(story.tap())).code).toBe('blocked');
    expect(story.twilio.creates).toEqual([]);
  });

  test.each([
    ['a fetch', { fetches: [{ kind: 'failed', code: 'provider-throttled', waitMs: 2000 }] }],
    [
      'a create',
      { create: { outcome: 'notSent', code: 'provider-throttled', waitMs: 2000, fact: { kind: 'exhausted' } } },
    ],
  ] as const)('that %s refuses says so with a wait and the standing, and no more', async (_, answers) => {
    Object.assign(story.twilio, answers);
    const { details } = await refusal(story.tap());
    expect(details).toEqual({ waitMs: 2000, standing: expect.any(Object) });
  });

  test('that the ledger refuses says so with a wait and the standing, and no more', async () => {
    await story.tap();
    story.now += 10_000;
    const { details } = await refusal(story.tap());
    expect(details).toEqual({ waitMs: 50_000, standing: expect.any(Object) });
  });

  test('that may have gone out is spent, and the same key says the same', async () => {
    story.twilio.create = { outcome: 'unknown' };
    const first = await refusal(story.tap({ idempotencyKey: 'press-0001' }));
    expect(first.code).toBe('delivery-unknown');
    expect(first.details.standing?.next).toEqual({ code: 'cooling-down', waitMs: 60_000 });
    const again = await refusal(story.tap({ idempotencyKey: 'press-0001' }));
    expect(again.code).toBe('delivery-unknown');
    expect(again.details.replayed).toBe(true);
    expect(story.twilio.creates).toHaveLength(1);
  });

  test('that provably did not go out costs nothing and frees its key', async () => {
    story.twilio.create = { outcome: 'notSent', code: 'provider-throttled', waitMs: 2000 };
    const refused = await refusal(story.tap({ idempotencyKey: 'press-0001' }));
    expect(refused.code).toBe('provider-throttled');
    expect(refused.details.waitMs).toBe(2000);
    expect(await story.used()).toBe(0);
    story.twilio.create = sent;
    expect((await story.tap({ idempotencyKey: 'press-0001' })).replayed).toBe(false);
  });

  test('is given back when Twilio can not be asked', async () => {
    story.twilio.fetches = [{ kind: 'failed', code: 'provider-unavailable' }];
    expect((await refusal(story.tap())).code).toBe('provider-unavailable');
    expect(await story.used()).toBe(0);
    expect(story.twilio.slotsTaken).toBe(0);
  });
});

test('a slot is taken in the name of the user, for what it is used for', async () => {
  const { service, twilio } = story;
  await service.standing(session, challengeSid, by);
  await service.rehearse(session, challengeSid, by);
  await service.answered('somebody-0002', challengeSid, 'denied', by);
  await story.tap();
  const { identity } = session;
  expect(twilio.askedForSlots).toEqual([
    { identity, use: 'look' },
    { identity, use: 'look' },
    { identity: 'somebody-0002', use: 'webhook' },
    { identity, use: 'tap' },
  ]);
});

describe('without a slot', () => {
  const shut = new Refusal('provider-unavailable', { waitMs: 4000 });

  test('a resend is refused before anything is reserved, and told when to come back', async () => {
    story.twilio.noSlot = shut;
    const refused = await refusal(story.tap());
    expect(refused.code).toBe('provider-unavailable');
    expect(refused.details.waitMs).toBe(4000);
    expect((await story.ledger.look(session.identity, challengeSid)).kind).toBe('ask');
    story.twilio.noSlot = undefined;
    expect((await story.tap()).replayed).toBe(false);
  });

  test.each([shut, new Refusal('overloaded')])('$code: a screen is told what was last known', async (noSlot) => {
    await story.service.standing(session, challengeSid, by);
    story.now += policy.challengeCacheMs;
    story.twilio.noSlot = noSlot;
    const { challenge } = await story.service.standing(session, challengeSid, by);
    expect(challenge).toEqual({ status: 'pending', remainingMs: 238_000 });
  });

  test('a screen of which nothing is known is refused like a resend', async () => {
    story.twilio.noSlot = shut;
    const refused = await refusal(story.service.standing(session, challengeSid, by));
    expect(refused.code).toBe('provider-unavailable');
    expect(refused.details.waitMs).toBe(4000);
    expect(story.twilio.slotsTaken).toBe(0);
  });
});

describe('a Challenge that was answered between the fetch and the create', () => {
  test.each(['approved', 'denied', 'expired'] as const)(
    '%s: one more fetch tells, and nothing is spent',
    async (status) => {
      story.twilio.fetches = [
        { kind: 'learnt', fact: pending },
        { kind: 'learnt', fact: { ...pending, status } },
      ];
      story.twilio.create = { outcome: 'notSent', code: 'challenge-answered' };
      expect((await refusal(story.tap())).code).toBe(`challenge-${status}`);
      expect(await story.used()).toBe(0);
      expect((await refusal(story.tap())).code).toBe(`challenge-${status}`);
    },
  );

  test('and can not be looked into is an error of Twilio’s, and nothing is spent', async () => {
    story.twilio.fetches = [
      { kind: 'learnt', fact: pending },
      { kind: 'failed', code: 'provider-unavailable' },
    ];
    story.twilio.create = { outcome: 'notSent', code: 'challenge-answered' };
    expect((await refusal(story.tap())).code).toBe('provider-error');
    expect(await story.used()).toBe(0);
  });
});

test('a session that is bound to another Challenge reaches nothing and costs nothing', async () => {
  const bound = { ...session, challengeSid: `YC${'c'.repeat(32)}` };
  expect((await refusal(story.service.resend({ session: bound, challengeSid, by }))).code).toBe('challenge-not-found');
  expect((await refusal(story.service.standing(bound, challengeSid, by))).code).toBe('challenge-not-found');
  expect(await story.used()).toBe(0);
});

test.each(['', 'nonsense', `YC${'g'.repeat(32)}`, `${challengeSid}/../..`])(
  'a Challenge SID that is malformed (%j) is one that does not exist, and costs nothing',
  async (malformed) => {
    const tap = { session, challengeSid: malformed, by };
    expect(await story.service.attempt(tap)).toEqual({ kind: 'refused', code: 'challenge-not-found' });
    expect((await refusal(story.service.standing(session, malformed, by))).code).toBe('challenge-not-found');
    expect((await refusal(story.service.rehearse(session, malformed, by))).code).toBe('challenge-not-found');
    expect(story.twilio.fetched).toBe(0);
    expect((await story.service.attempt({ session, challengeSid, by })).kind).toBe('sent');
  },
);

test('an identity that cannot be Twilio’s is a bug of the caller, and costs nothing', async () => {
  const mail = { identity: 'someone@example.com' };
  await expect(story.service.attempt({ session: mail, challengeSid, by })).rejects.toThrow(TypeError);
  await expect(story.service.attempt({ session: mail, challengeSid, by })).rejects.not.toThrow(/someone/);
  expect(story.twilio.fetched).toBe(0);
});

test('the ledger is opened for whoever asks, and in no other name', async () => {
  const name = (actor: string) => ({ actor, requestId: `request of ${actor}` });
  await story.service.resend({ session, challengeSid, by: name('key:desk') });
  await story.service.standing(session, challengeSid, name('session'));
  await story.service.rehearse(session, challengeSid, name('key:fraud'));
  await story.service.answered(session.identity, challengeSid, 'approved', name('twilio'));
  expect(story.openedBy).toEqual(['key:desk', 'session', 'key:fraud', 'twilio'].map(name));
});
