import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { by, challengeSid, pending, refusal, session, Story } from './fakes.js';

const HOUR_MS = 3_600_000;
const OTHER = `YC${'c'.repeat(32)}`;

let story: Story;
beforeEach(() => {
  story = new Story();
});

const hear = (status: 'approved' | 'denied') => story.service.answered(session.identity, challengeSid, status, by);
const peek = (sid = OTHER) => story.ledger.peek(session.identity, sid);
/** What Twilio tells next. */
const fetches = (status: 'approved' | 'denied', respondedAgoMs: number) => {
  story.twilio.fetches = [{ kind: 'learnt', fact: { ...pending, status, respondedAgoMs } }];
};

describe('a webhook about a Challenge that nobody has heard of', () => {
  test('is fetched first, and counts from the answer that Twilio tells', async () => {
    fetches('denied', 100_000);
    const { challenge, ended } = await hear('denied');
    expect(challenge?.status).toBe('denied');
    expect(ended).toEqual({ status: 'denied', resends: 0 });
    expect((await peek()).next).toEqual({ code: 'held-after-denial', waitMs: 500_000 });
    expect(story.twilio).toMatchObject({ fetched: 1, slotsTaken: 0, creates: [] });
  });

  test.each([240_000, 0])('may be faster than Twilio’s own record, with %i ms left', async (remainingMs) => {
    story.twilio.fetches = [{ kind: 'learnt', fact: { ...pending, remainingMs } }];
    const { challenge, ended } = await hear('approved');
    expect(challenge?.status).toBe('approved');
    expect(ended).toEqual({ status: 'approved', resends: 0 });
    expect(story.twilio.fetched).toBe(1);
  });

  test('teaches nothing while Twilio can not be asked, and is learnt when it is told again', async () => {
    story.twilio.fetches = [{ kind: 'failed', code: 'provider-unavailable', waitMs: 3000 }];
    const refused = await refusal(hear('denied'));
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'provider-unavailable', details: { waitMs: 3000 } });
    expect(story.ledger.remembered()).toBe('[]');
    fetches('denied', 0);
    expect((await hear('denied')).ended).toEqual({ status: 'denied', resends: 0 });
  });

  test('teaches nothing without a slot', async () => {
    story.twilio.noSlot = new Refusal('overloaded');
    expect((await refusal(hear('denied'))).code).toBe('overloaded');
    expect(story.twilio.fetched).toBe(0);
    expect(story.ledger.remembered()).toBe('[]');
  });

  test('is believed by nobody when Twilio does not know the Challenge either', async () => {
    story.twilio.fetches = [{ kind: 'learnt', fact: { kind: 'not-found' } }];
    const standing = await hear('approved');
    expect(standing.next.code).toBe('challenge-not-found');
    expect(standing).not.toHaveProperty('challenge');
    expect(standing).not.toHaveProperty('ended');
  });
});

describe('a webhook about a Challenge that is known', () => {
  test('is learnt without asking Twilio, and tells what resending had to do with the answer', async () => {
    await story.tap();
    story.now += 12_000;
    expect((await hear('approved')).ended).toEqual({ status: 'approved', resends: 1, sinceLastMs: 12_000 });
    expect((await peek()).windows).toMatchObject([{ used: 0 }, { used: 0 }]);
    expect(story.twilio.fetched).toBe(1);
  });

  test('a webhook counts once, however often it is repeated', async () => {
    await story.tap();
    await hear('denied');
    story.now += 60_000;
    const again = await hear('denied');
    expect(again.challenge?.status).toBe('denied');
    expect(again).not.toHaveProperty('ended');
    expect((await peek()).next).toEqual({ code: 'held-after-denial', waitMs: 540_000 });
  });

  test('that is repeated when all of it is forgotten is fetched, and changes nothing', async () => {
    await story.service.standing(session, challengeSid, by);
    await hear('approved');
    story.now += HOUR_MS;
    await story.service.resend({ session, challengeSid: OTHER, by });
    story.now += HOUR_MS;
    const before = await peek();
    fetches('approved', 2 * HOUR_MS);
    expect(await hear('approved')).not.toHaveProperty('ended');
    await hear('approved');
    expect(await peek()).toEqual(before);
    expect(before.windows[0]?.used).toBe(1);
  });

  test('stops a resend that has asked Twilio and has not left yet', async () => {
    await story.service.standing(session, challengeSid, by);
    story.twilio.duringFetch = () => void hear('denied');
    expect((await refusal(story.tap())).code).toBe('challenge-denied');
    expect(story.twilio.creates).toEqual([]);
    expect(await story.used()).toBe(0);
  });
});

test('a tap that learns the answer before the webhook leaves it no news', async () => {
  fetches('denied', 1000);
  const refused = await refusal(story.tap());
  expect(refused.details.standing?.ended).toEqual({ status: 'denied', resends: 0 });
  expect(await hear('denied')).not.toHaveProperty('ended');
  expect((await peek()).next).toEqual({ code: 'held-after-denial', waitMs: 599_000 });
});
