/** Twilio says for a moment that a Challenge which it has just known does not exist. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Fetched } from '@resend/ports.js';
import { by, challengeSid, pending, refusal, session, Story } from './fakes.js';

const missing: Fetched = { kind: 'learnt', fact: { kind: 'not-found' } };
const found: Fetched = { kind: 'learnt', fact: pending };

let story: Story;
beforeEach(async () => {
  story = new Story();
  await look();
  story.now += 2000;
});
const look = () => story.service.standing(session, challengeSid, by);

describe('a Challenge that was pending, and that Twilio does not find', () => {
  test('once is still pending on the screen, and a tap works as soon as Twilio finds it', async () => {
    story.twilio.fetches = [missing];
    expect((await look()).challenge?.status).toBe('pending');
    expect((await story.tap()).notification.sid).toMatch(/^NT/);
  });

  test('at the moment of a tap sends nothing, spends nothing, and says when to try again', async () => {
    story.twilio.fetches = [missing];
    const refused = await refusal(story.tap({ idempotencyKey: 'press-0001' }));
    expect(refused).toMatchObject({ code: 'provider-unavailable', details: { waitMs: 2000 } });
    expect(refused.details.standing?.challenge?.status).toBe('pending');
    expect(story.twilio.creates).toEqual([]);
    expect(await story.used()).toBe(0);
    story.now += 2000;
    expect((await story.tap({ idempotencyKey: 'press-0001' })).replayed).toBe(false);
  });

  test('twice, two seconds apart, is closed', async () => {
    story.twilio.fetches = [missing, missing];
    await look();
    story.now += 2000;
    expect((await refusal(look())).code).toBe('challenge-not-found');
    expect((await refusal(story.tap())).code).toBe('challenge-not-found');
  });

  test('twice in a moment is not closed yet', async () => {
    story.twilio.fetches = [missing, missing];
    await look();
    story.now += 1999;
    expect((await refusal(story.tap())).code).toBe('provider-unavailable');
  });

  test('now and then is never closed', async () => {
    story.twilio.fetches = [missing, found, missing, found];
    for (let time = 0; time < 4; time++) {
      expect((await look()).challenge?.status).toBe('pending');
      story.now += 2000;
    }
  });

  test('in a dry run is not closed by it', async () => {
    story.twilio.fetches = [missing];
    expect((await refusal(story.service.rehearse(session, challengeSid, by))).code).toBe('provider-unavailable');
  });
});

describe('a push that Twilio refuses because it does not find the Challenge it has just shown', () => {
  beforeEach(() => {
    story.twilio.create = { outcome: 'notSent', code: 'challenge-not-found', fact: { kind: 'not-found' } };
  });

  test('is given back, and the Challenge stays open the first time', async () => {
    const refused = await refusal(story.tap());
    expect(refused).toMatchObject({ code: 'provider-unavailable', details: { waitMs: 2000 } });
    expect(await story.used()).toBe(0);
    expect((await look()).challenge?.status).toBe('pending');
  });

  test('a second time closes it: its Factor may be gone', async () => {
    await refusal(story.tap());
    story.now += 2000;
    expect((await refusal(story.tap())).code).toBe('challenge-not-found');
    expect((await refusal(look())).code).toBe('challenge-not-found');
  });
});

test('a Challenge that Twilio has never known is not found at once: guesses are not helped', async () => {
  story.twilio.fetches = [missing];
  const other = `YC${'c'.repeat(32)}`;
  expect((await refusal(story.service.standing(session, other, by))).code).toBe('challenge-not-found');
});
