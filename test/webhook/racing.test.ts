import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownCorner, redisUrl } from '../support/redis.js';
import type { Screen } from '../support/rig.js';
import { type Moment, startGate, type TwilioGate } from './twilio-gate.js';
import { startWebhookRig, type WebhookRig } from './webhook-rig.js';

/** What a user said, and what this makes of a tap that had not sent yet. */
const ANSWERS = [
  { status: 'approved', refusal: 'challenge-approved' },
  { status: 'denied', refusal: 'challenge-denied' },
] as const;

describe.each(['this process', 'Redis'])('a user who answers during a resend, with the ledger in %s', (place) => {
  let gate: TwilioGate;
  let rig: WebhookRig;
  let forget: () => void;
  beforeAll(async () => {
    gate = await startGate();
    const { redis, keyPrefix } = ownCorner();
    forget = () => redis.disconnect();
    const ledger = place === 'Redis' ? { REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: keyPrefix } : {};
    rig = await startWebhookRig({
      TWILIO_BASE_URL: gate.url,
      TWILIO_FETCH_DEADLINE_MS: '4000',
      RESEND_LEASE_SECONDS: '20',
      ...ledger,
    });
    gate.twilio = (await rig.simulate<{ baseUrl: string }>('GET', '')).baseUrl;
    // Each webhook comes twice: the second one must never count.
    await rig.simulate('POST', '/switches', { webhookCopies: 2 });
  });
  afterAll(async () => {
    await rig.close();
    await gate.close();
    forget();
  });

  /** Taps, and answers on the phone at the moment given. */
  async function tapAnd(screen: Screen, status: 'approved' | 'denied', moment: Moment) {
    let hasHappened = false;
    gate.once(moment, async () => {
      await screen.respond(status);
      hasHappened = true;
    });
    const answer = await screen.tap();
    expect(hasHappened).toBe(true);
    return answer;
  }

  /** That it was news once, and what it did to the user. */
  async function expectLearnt(screen: Screen, status: 'approved' | 'denied', before: Record<string, number>) {
    const wasSent = (await screen.created()) > 0;
    const after = await rig.results();
    const more = (result: string) =>
      (after[`challenge.${status} ${result}`] ?? 0) - (before[`challenge.${status} ${result}`] ?? 0);
    expect([more('learnt'), more('known'), more('failed')]).toEqual([1, 1, 0]);
    const next = await rig.login({ identity: screen.identity });
    const { body, headers } = await next.look().expect(200);
    // An approval starts the windows afresh, and ends no cooldown.
    const spent = status === 'denied' && wasSent;
    expect(headers['ratelimit']).toContain(`"user-15m";r=${spent ? 4 : 5}`);
    if (status === 'approved') expect(body.resend.status).toBe(wasSent ? 'cooling-down' : 'ready');
    else expect((await next.tap().expect(429)).body.code).toBe('held-after-denial');
  }

  describe.each(ANSWERS)('$status', ({ status, refusal }) => {
    test('before the tap: nothing is sent, and Twilio is not asked for it', async () => {
      const screen = await rig.login();
      const before = await rig.results();
      await screen.respond(status);
      const asked = async () => (await rig.simulate<unknown[]>('GET', '/journal')).length;
      const askedBefore = await asked();
      const { body } = await screen.tap().expect(409);
      expect(body).toMatchObject({ code: refusal, challenge: { status } });
      expect(await asked()).toBe(askedBefore);
      await expectLearnt(screen, status, before);
    });

    test.each<[string, Moment]>([
      ['between reserve and fetch', 'fetch asked'],
      ['between fetch and dispatch', 'fetch answered'],
      ['between dispatch and create', 'create asked'],
    ])('%s: an answer during a resend sends nothing, and the resend is given back', async (_, moment) => {
      const screen = await rig.login();
      const before = await rig.results();
      const { body, headers } = await tapAnd(screen, status, moment);
      expect(body).toMatchObject({ status: 409, code: refusal, challenge: { status } });
      expect(headers['ratelimit']).toContain('"user-15m";r=5');
      expect(await screen.created()).toBe(0);
      await expectLearnt(screen, status, before);
    });

    test('between create and its answer: it was sent, and that is told', async () => {
      const screen = await rig.login();
      const before = await rig.results();
      const { body } = await tapAnd(screen, status, 'create answered');
      expect(body).toMatchObject({ notification: { sid: expect.any(String) }, challenge: { status } });
      expect(await screen.created()).toBe(1);
      expect((await screen.tap().expect(409)).body.code).toBe(refusal);
      await expectLearnt(screen, status, before);
    });

    test('after it: nothing more is sent', async () => {
      const screen = await rig.login();
      const before = await rig.results();
      await screen.tap().expect(201);
      await screen.respond(status);
      expect((await screen.tap().expect(409)).body.code).toBe(refusal);
      expect(await screen.created()).toBe(1);
      await expectLearnt(screen, status, before);
    });
  });

  test('and many tap at once meanwhile: at most one push, and then all know', async () => {
    const screen = await rig.login();
    gate.once('fetch answered', () => screen.respond('denied'));
    const taps = await Promise.all(Array.from({ length: 20 }, () => screen.tap()));
    expect(await screen.created()).toBe(0);
    const told = new Set(taps.map(({ body }) => body.code as string));
    expect([...told].filter((code) => code !== 'resend-in-progress' && code !== 'challenge-denied')).toEqual([]);
    expect((await screen.tap().expect(409)).body.code).toBe('challenge-denied');
  });
});
