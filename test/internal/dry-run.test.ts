/** A tap that nobody makes: the whole decision, and nothing is left of it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type ConsumerRig, startConsumerRig } from './consumer.js';

let at: ConsumerRig;
beforeAll(async () => {
  at = await startConsumerRig();
});
afterEach(() => at.rig.simulate('DELETE', '/faults'));
afterAll(() => at.rig.close());

const rehearse = async ({ identity, challengeSid }: { identity: string; challengeSid: string }) =>
  (await at.desk.resend(identity, challengeSid, { dryRun: true }).expect(200)).body;

describe('a dry run', () => {
  test('says that a tap would be sent, and how much of what is used', async () => {
    const screen = await at.rig.login();
    expect(await rehearse(screen)).toEqual({
      dryRun: true,
      decision: 'send',
      code: 'ready',
      status: 201,
      policies: [
        { name: 'challenge', used: 0, limit: 2 },
        { name: 'user-15m', used: 0, limit: 5, windowSeconds: 900, availableInSeconds: 0 },
        { name: 'user-24h', used: 0, limit: 10, windowSeconds: 86_400, availableInSeconds: 0 },
        { name: 'cooldown', used: 0, limit: 1, windowSeconds: 30, availableInSeconds: 0 },
        { name: 'hold-after-denial', used: 0, limit: 1, windowSeconds: 600, availableInSeconds: 0 },
      ],
      challenge: { sid: screen.challengeSid, status: 'pending', expiresInSeconds: 238 },
      resend: { status: 'ready', availableInSeconds: 0, remaining: 2, limit: 2 },
      nextAction: 'tap',
    });
    await screen.tap().expect(201);
  });

  test('tells the wait of a cooldown since the automatic push, too', async () => {
    const body = await rehearse(await at.rig.login({ ageSeconds: 10 }));
    expect(body).toMatchObject({ decision: 'refuse', code: 'cooling-down', status: 429, retryAfterSeconds: 20 });
    expect(body.policies[3]).toMatchObject({ name: 'cooldown', used: 1, availableInSeconds: 20 });
  });

  test('tells a denial’s hold beside the cooldown that it hides', async () => {
    const denied = await at.rig.login();
    await denied.tap().expect(201);
    await denied.respond('denied');
    at.rig.wait(2);
    await denied.look().expect(200);
    const body = await rehearse(await at.rig.login({ identity: denied.identity }));
    expect(body).toMatchObject({ decision: 'refuse', code: 'held-after-denial', status: 429, retryAfterSeconds: 598 });
    expect(body.policies.slice(3)).toEqual([
      { name: 'cooldown', used: 1, limit: 1, windowSeconds: 30, availableInSeconds: 28 },
      { name: 'hold-after-denial', used: 1, limit: 1, windowSeconds: 600, availableInSeconds: 598 },
    ]);
  });

  /** The word of a dry run, and of the tap right after it. */
  async function bothSay(screen: { identity: string; challengeSid: string }) {
    const dry = await rehearse(screen);
    const { status, body } = await at.desk.resend(screen.identity, screen.challengeSid);
    return [
      [dry.status, dry.code === 'ready' ? undefined : dry.code, dry.retryAfterSeconds, dry.nextAction],
      [status, body.code, body.retryAfterSeconds, body.code === undefined ? 'tap' : body.nextAction],
    ];
  }

  const situations: Record<string, () => Promise<{ identity: string; challengeSid: string }>> = {
    ready: () => at.rig.login(),
    'cooling-down': () => at.rig.login({ ageSeconds: 5 }),
    'challenge-not-found': async () => ({ ...(await at.rig.login()), challengeSid: `YC${'0'.repeat(32)}` }),
    'challenge-expired': async () => {
      const screen = await at.rig.login({ expiresInSeconds: 300 });
      at.rig.wait(301);
      return screen;
    },
    'challenge-limit (too old)': () => at.rig.login({ ageSeconds: 700, expiresInSeconds: 900 }),
    'challenge-not-push': () => at.rig.login({ factorType: 'totp' }),
    'challenge-approved': async () => {
      const screen = await at.rig.login();
      await screen.respond('approved');
      return screen;
    },
    'challenge-denied': async () => {
      const screen = await at.rig.login();
      await screen.respond('denied');
      return screen;
    },
    blocked: async () => {
      const screen = await at.rig.login();
      await at.desk.block(screen.identity).expect(200);
      return screen;
    },
    'provider-unavailable': async () => {
      await at.rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'reset-before', times: 4 });
      return at.rig.login();
    },
    'provider-throttled': async () => {
      await at.rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'throttled', times: 2 });
      return at.rig.login();
    },
  };
  test.each(Object.keys(situations))('says what a tap is told: %s', async (name) => {
    const situation = situations[name];
    if (!situation) throw new Error(`there is no ${name}`);
    const [dry, real] = await bothSay(await situation());
    expect(dry).toEqual(real);
    expect(dry?.[1] ?? 'ready').toBe(name.replace(/ .*/, ''));
  });

  test('says that resends are paused, also of a Challenge that is over', async () => {
    const [screen, over] = [await at.rig.login(), await at.rig.login()];
    await over.respond('approved');
    await at.desk.pause({ paused: true, reason: 'incident', expiresInSeconds: 90 }).expect(200);
    try {
      for (const one of [screen, over]) {
        const [dry, real] = await bothSay(one);
        expect(dry).toEqual(real);
        expect(dry).toEqual([503, 'resends-paused', 90, 'use-other-factor']);
      }
    } finally {
      await at.desk.pause({ paused: false, reason: 'over' }).expect(200);
    }
  });

  test('asks Twilio nothing where the ledger says no already', async () => {
    const screen = await at.rig.login();
    await screen.tap().expect(201);
    const asked = async () =>
      (await at.rig.simulate<object[]>('GET', `/journal?challengeSid=${screen.challengeSid}`)).length;
    const before = await asked();
    await rehearse(screen);
    expect(await asked()).toBe(before);
  });

  test('takes no key: the tap that has it is the first', async () => {
    const screen = await at.rig.login();
    await at.desk.resend(screen.identity, screen.challengeSid, { dryRun: true }, 'press-0001').expect(200);
    const { headers } = await at.desk.resend(screen.identity, screen.challengeSid, {}, 'press-0001').expect(201);
    expect(headers['idempotent-replayed']).toBeUndefined();
  });

  test('leaves nothing in Redis: every key is byte for byte as it was', async () => {
    const { redis, keyPrefix, keys } = ownCorner();
    const stored = await startConsumerRig({ REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: keyPrefix });
    const everything = async () => {
      const names = (await keys()).toSorted();
      const values = await Promise.all(names.map(async (name) => (await redis.dumpBuffer(name))?.toString('hex')));
      return Object.fromEntries(names.map((name, index) => [name, values[index]]));
    };
    try {
      const [fresh, used] = [await stored.rig.login(), await stored.rig.login()];
      await used.tap({ key: 'press-0001' }).expect(201);
      const kept = async () => Object.keys(await everything()).filter((name) => name.endsWith('}:audit')).length;
      await expect.poll(kept).toBe(2);
      const before = await everything();
      const expected = [
        [fresh, 'ready', 1],
        [used, 'cooling-down', 1],
        [{ ...fresh, challengeSid: `YC${'0'.repeat(32)}` }, 'challenge-not-found', 20],
      ] as const;
      for (const [{ identity, challengeSid }, code, times] of expected) {
        for (let count = 0; count < times; count++) {
          const { body } = await stored.desk
            .resend(identity, challengeSid, { dryRun: true, reason: 'only to see' }, 'press-0002')
            .expect(200);
          expect(body.code).toBe(code);
        }
      }
      expect(await everything()).toEqual(before);
      expect(Object.keys(before).length).toBeGreaterThanOrEqual(6);
      expect(stored.rig.logged()).not.toMatch(/"event":"audit".*only to see/);
    } finally {
      await stored.rig.close();
      redis.disconnect();
    }
  });
});
