import { beforeEach, describe, expect, test } from 'vitest';
import type { ChallengeFact, Fetched } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { by, challengeSid, pending, refusal, session, Story } from './fakes.js';

let story: Story;
beforeEach(() => {
  story = new Story();
});

const rehearse = () => story.service.rehearse(session, challengeSid, by);
const twilioSays = (fetched: Fetched) => void (story.twilio.fetches = [fetched]);

describe('a dry run', () => {
  test('asks Twilio, tells what a tap would be told, and remembers nothing', async () => {
    const standing = await rehearse();
    expect(standing).toMatchObject({
      next: { code: 'ready' },
      challenge: { status: 'pending', remainingMs: 240_000 },
      resends: { used: 0, limit: 2 },
    });
    expect(story.twilio).toMatchObject({ fetched: 1, slotsTaken: 0, creates: [] });
    expect(story.ledger.remembered()).toBe('[]');
    expect((await story.tap()).replayed).toBe(false);
  });

  const ends: [string, ChallengeFact, object][] = [
    ['approved', { ...pending, status: 'approved', respondedAgoMs: 0 }, { code: 'challenge-approved' }],
    ['denied', { ...pending, status: 'denied', respondedAgoMs: 0 }, { code: 'challenge-denied' }],
    ['expired', { ...pending, status: 'expired', remainingMs: -1 }, { code: 'challenge-expired' }],
    ['over', { ...pending, remainingMs: 0 }, { code: 'challenge-expired' }],
    ['unknown to Twilio', { kind: 'not-found' }, { code: 'challenge-not-found' }],
    ['no push', { ...pending, isPush: false }, { code: 'challenge-not-push' }],
    ['too old', { ...pending, ageMs: 600_001 }, { code: 'challenge-limit' }],
    ['too young', { ...pending, ageMs: 10_000 }, { code: 'cooling-down', waitMs: 20_000 }],
  ];
  test.each(ends)('on a Challenge that is %s tells so, and holds nobody', async (_what, fact, next) => {
    twilioSays({ kind: 'learnt', fact });
    const standing = await rehearse();
    expect(standing.next).toEqual(next);
    expect(standing).not.toHaveProperty('ended');
    expect(story.ledger.remembered()).toBe('[]');
    expect((await rehearse()).next).toEqual({ code: 'ready' });
  });

  const refusals: [string, () => Promise<unknown>, string][] = [
    ['a cooldown', () => story.tap(), 'cooling-down'],
    ['a block', () => story.ledger.block(session.identity, 60_000), 'blocked'],
    ['a hold', () => story.ledger.learn(session.identity, 'YC-other', denied), 'held-after-denial'],
    ['a denial', () => story.ledger.learn(session.identity, challengeSid, denied), 'challenge-denied'],
    [
      'a resend under way',
      () => story.ledger.reserve(session.identity, { id: 'r', challengeSid }),
      'resend-in-progress',
    ],
    ['a pause', () => story.pause.begin('a test', 60_000), 'resends-paused'],
  ];
  test.each(refusals)('that %s stops asks nobody', async (_what, arrange, code) => {
    await arrange();
    story.now += 1;
    const [fetched, before] = [story.twilio.fetched, await memory()];
    expect((await rehearse()).next.code).toBe(code);
    expect(story.twilio.fetched).toBe(fetched);
    expect(await memory()).toBe(before);
  });

  test('on a Challenge that ended says so, also during a pause', async () => {
    await story.ledger.learn(session.identity, challengeSid, denied);
    await story.pause.begin('a test', 60_000);
    expect((await rehearse()).next.code).toBe('challenge-denied');
  });

  test('is refused when Twilio can not tell', async () => {
    twilioSays({ kind: 'failed', code: 'provider-throttled', waitMs: 2000 });
    expect(await refusal(rehearse())).toMatchObject({
      code: 'provider-throttled',
      details: { waitMs: 2000, standing: { next: { code: 'ready' } } },
    });
    expect(story.ledger.remembered()).toBe('[]');
    story.twilio.noSlot = new Refusal('overloaded');
    expect((await refusal(rehearse())).code).toBe('overloaded');
  });

  test('of a session that is bound to another Challenge reaches nothing', async () => {
    const bound = { ...session, challengeSid: `YC${'c'.repeat(32)}` };
    expect((await refusal(story.service.rehearse(bound, challengeSid, by))).code).toBe('challenge-not-found');
    expect(story.twilio.fetched).toBe(0);
  });
});

const denied = { ...pending, status: 'denied', respondedAgoMs: 0 } as const;

/** What is remembered, cleared of what is over. */
async function memory(): Promise<string> {
  await story.ledger.peek(session.identity, challengeSid);
  return story.ledger.remembered();
}
