import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { by, challengeSid, pending, refusal, session, Story } from './fakes.js';

let story: Story;
beforeEach(() => {
  story = new Story();
});

const look = () => story.service.standing(session, challengeSid, by);

describe('while resends are paused', () => {
  beforeEach(() => story.pause.begin('too many', 60_000));

  test('a tap is refused before it waits for a slot, and nothing is reserved or sent', async () => {
    story.twilio.noSlot = new Refusal('overloaded');
    expect(await refusal(story.tap({ idempotencyKey: 'press-0001' }))).toMatchObject({
      code: 'resends-paused',
      details: { waitMs: 60_000 },
    });
    expect(story.twilio).toMatchObject({ fetched: 0, creates: [] });
    expect(story.ledger.remembered()).toBe('[]');
  });

  test('the same press goes when the pause is over', async () => {
    await refusal(story.tap({ idempotencyKey: 'press-0001' }));
    story.now += 59_999;
    expect((await refusal(story.tap({ idempotencyKey: 'press-0001' }))).details.waitMs).toBe(1);
    story.now += 1;
    expect((await story.tap({ idempotencyKey: 'press-0001' })).replayed).toBe(false);
  });

  test('or when it is ended', async () => {
    await story.pause.end();
    expect((await story.tap()).replayed).toBe(false);
  });

  test('a screen is told so, and everything else as ever', async () => {
    await story.pause.end();
    await story.tap();
    await story.pause.begin('too many', 60_000);
    const before = await story.ledger.peek(session.identity, challengeSid);
    expect(await look()).toEqual({ ...before, next: { code: 'resends-paused' } });
  });

  test('Twilio is still asked how the Challenge is', async () => {
    expect(await look()).toMatchObject({ next: { code: 'resends-paused' }, challenge: { status: 'pending' } });
    expect(story.twilio.fetched).toBe(1);
  });

  test.each(['approved', 'denied', 'expired'] as const)('a Challenge that is %s is told as that', async (status) => {
    story.twilio.fetches = [{ kind: 'learnt', fact: { ...pending, status } }];
    expect((await look()).next).toEqual({ code: `challenge-${status}` });
  });

  test('a webhook is learnt as ever', async () => {
    await look();
    const { next, ended } = await story.service.answered(session.identity, challengeSid, 'approved', by);
    expect(next.code).toBe('challenge-approved');
    expect(ended).toEqual({ status: 'approved', resends: 0 });
  });
});

test('a resend that was reserved before a pause goes on', async () => {
  story.twilio.duringFetch = () => void story.pause.begin('too many', 60_000);
  expect((await story.tap()).replayed).toBe(false);
  expect(story.twilio.creates).toHaveLength(1);
});

test('where it can not be told whether resends are paused, nothing is reserved or sent', async () => {
  story.pause.current = () => Promise.reject(new Refusal('ledger-unavailable', { waitMs: 1000 }));
  expect((await refusal(story.tap())).code).toBe('ledger-unavailable');
  expect(story.twilio).toMatchObject({ fetched: 0, creates: [] });
  expect(story.ledger.remembered()).toBe('[]');
});
