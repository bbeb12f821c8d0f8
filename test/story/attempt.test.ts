import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { by, challengeSid, sent, session, Story } from './fakes.js';

let story: Story;
beforeEach(() => {
  story = new Story();
});

const attempt = (tap: { idempotencyKey?: string } = {}) => story.service.attempt({ session, challengeSid, by, ...tap });

describe('an attempt', () => {
  test('that sends a push is `sent`, and an equal one `replayed`, with the same notification', async () => {
    const first = await attempt({ idempotencyKey: 'press-0001' });
    expect(first).toEqual({
      kind: 'sent',
      notification: { sid: sent.sid, ttlSeconds: 56, sentAt: story.now },
      standing: expect.objectContaining({ next: { code: 'cooling-down', waitMs: 60_000 } }),
    });
    expect(await attempt({ idempotencyKey: 'press-0001' })).toEqual({ ...first, kind: 'replayed' });
    expect(story.twilio.creates).toHaveLength(1);
  });

  test('that the ledger refuses is `refused`, with code, wait and standing', async () => {
    await attempt();
    story.now += 10_000;
    const standing = await story.ledger.peek(session.identity, challengeSid);
    expect(await attempt()).toEqual({ kind: 'refused', code: 'cooling-down', waitMs: 50_000, standing });
  });

  test('that Twilio refuses is `refused`, and says no more than that', async () => {
    story.twilio.create = { outcome: 'notSent', code: 'provider-throttled', fact: { kind: 'exhausted' }, waitMs: 2000 };
    const standing = expect.objectContaining({ next: { code: 'challenge-limit' } });
    expect(await attempt()).toEqual({ kind: 'refused', code: 'provider-throttled', waitMs: 2000, standing });
  });

  test('of a session that is bound to another Challenge is `refused`, with the reason, for the log', async () => {
    const bound = { ...session, challengeSid: `YC${'c'.repeat(32)}` };
    expect(await story.service.attempt({ session: bound, challengeSid, by })).toEqual({
      kind: 'refused',
      code: 'challenge-not-found',
      reason: 'other-challenge',
    });
  });

  test('that may have gone out is `refused`, and says when it repeats what was answered before', async () => {
    story.twilio.create = { outcome: 'unknown' };
    const first = await attempt({ idempotencyKey: 'press-0001' });
    expect(first).toMatchObject({ kind: 'refused', code: 'delivery-unknown' });
    expect(first).not.toHaveProperty('replayed');
    expect(await attempt({ idempotencyKey: 'press-0001' })).toMatchObject({ code: 'delivery-unknown', replayed: true });
  });

  test('keeps the cause of a refusal, for the log', async () => {
    const cause = new Error('ECONNREFUSED');
    story.twilio.noSlot = new Refusal('overloaded', { cause });
    expect(await attempt()).toEqual({ kind: 'refused', code: 'overloaded', cause });
  });

  test('that meets a bug throws it', async () => {
    story.ledger.run = () => Promise.reject(new TypeError('a bug'));
    await expect(attempt()).rejects.toThrow(TypeError);
  });
});
