/** What support sees of a user, and what it can do about it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityHasher } from '@ledger/identity-hash.js';
import { type ConsumerRig, startConsumerRig } from './consumer.js';

const SECRET = 'a secret that only the tests of this service have';

let at: ConsumerRig;
beforeAll(async () => {
  at = await startConsumerRig({ THROTTLE_ADDRESS_PER_MINUTE: '100000' });
});
afterAll(() => at.rig.close());

const stateOf = async (identity: string) => (await at.desk.state(identity).expect(200)).body;

describe('the resend state', () => {
  test('of a user that nobody has heard of is empty, and nothing is remembered of the question', async () => {
    const state = await stateOf('nobody-0001');
    expect(state).toEqual({
      userHash: identityHasher(SECRET)('nobody-0001'),
      policies: [
        { name: 'user-15m', used: 0, limit: 5, windowSeconds: 900, availableInSeconds: 0 },
        { name: 'user-24h', used: 0, limit: 10, windowSeconds: 86_400, availableInSeconds: 0 },
        { name: 'cooldown', used: 0, limit: 1, windowSeconds: 30, availableInSeconds: 0 },
        { name: 'hold-after-denial', used: 0, limit: 1, windowSeconds: 600, availableInSeconds: 0 },
      ],
      challenges: [],
      explanation: ['This user has no known sign-in.', 'A resend is possible now.'],
    });
  });

  test('asks Twilio nothing, and changes nothing', async () => {
    const screen = await at.rig.login();
    await screen.tap().expect(201);
    const asked = async () => (await at.rig.simulate<object[]>('GET', '/journal')).length;
    const [before, first] = [await asked(), await stateOf(screen.identity)];
    expect(await stateOf(screen.identity)).toEqual(first);
    expect(await asked()).toBe(before);
  });

  test('tells every policy, every known Challenge and what a tap on it would be told', async () => {
    const first = await at.rig.login({ expiresInSeconds: 900 });
    await first.tap().expect(201);
    at.rig.wait(65);
    const second = await at.rig.login({ identity: first.identity });
    await second.tap().expect(201);
    at.rig.wait(12);
    const state = await stateOf(first.identity);
    expect(state.policies).toEqual([
      { name: 'user-15m', used: 2, limit: 5, windowSeconds: 900, availableInSeconds: 0 },
      { name: 'user-24h', used: 2, limit: 10, windowSeconds: 86_400, availableInSeconds: 0 },
      { name: 'cooldown', used: 1, limit: 1, windowSeconds: 60, availableInSeconds: 48 },
      { name: 'hold-after-denial', used: 0, limit: 1, windowSeconds: 600, availableInSeconds: 0 },
    ]);
    const tap = { decision: 'refuse', code: 'cooling-down', status: 429, retryAfterSeconds: 48 };
    // Twilio's times are taken as ages, and what the exchange took is real time.
    const about = (seconds: number): unknown => expect.closeTo(seconds, -1);
    expect(state.challenges).toEqual([
      {
        sid: second.challengeSid,
        status: 'pending',
        expiresInSeconds: about(226),
        ageSeconds: about(72),
        resends: { used: 1, limit: 2 },
        lastResendSecondsAgo: 12,
        tap,
      },
      {
        sid: first.challengeSid,
        status: 'pending',
        expiresInSeconds: about(821),
        ageSeconds: about(137),
        resends: { used: 1, limit: 2 },
        lastResendSecondsAgo: 77,
        tap,
      },
    ]);
    expect(state.explanation[0]).toMatch(`${second.challengeSid} is pending for another 3 minutes 4`);
    expect(state.explanation[0]).toMatch(
      /, and has had 1 of 2 resends, the last one 12 seconds ago; the next one is possible in 48 seconds\.$/,
    );
  });

  test('tells the cooldown that a tap would be told, behind another limit, too', async () => {
    const screen = await at.rig.login({ expiresInSeconds: 900, ageSeconds: 0 });
    const { identity, challengeSid } = screen;
    const cooldown = async () => {
      const states = [await stateOf(identity), (await at.desk.resend(identity, challengeSid, { dryRun: true })).body];
      return states.map(({ policies }) => policies.find(({ name }: { name: string }) => name === 'cooldown'));
    };
    const left = (windowSeconds: number, availableInSeconds: number) =>
      Array(2).fill(expect.objectContaining({ windowSeconds, availableInSeconds }));
    at.rig.wait(20);
    const early = (await screen.tap().expect(429)).body.retryAfterSeconds;
    expect(early).toBeLessThan(12);
    expect(await cooldown()).toEqual(left(30, early));
    await at.desk.block(identity).expect(200);
    expect(await cooldown()).toEqual(left(30, early));
    await at.desk.unblock(identity).expect(204);
    at.rig.wait(early);
    await screen.tap().expect(201);
    at.rig.wait(10);
    expect((await screen.tap().expect(429)).body.retryAfterSeconds).toBe(50);
    expect(await cooldown()).toEqual(left(60, 50));
    await at.desk.block(identity).expect(200);
    expect(await cooldown()).toEqual(left(60, 50));
    await at.desk.unblock(identity).expect(204);
    at.rig.wait(50);
    await screen.tap().expect(201);
    at.rig.wait(10);
    const [anew] = await cooldown();
    expect(anew).toMatchObject({ windowSeconds: 30, availableInSeconds: 20 });
  });

  test('tells a full window and a hold as a support agent would say it', async () => {
    const { identity } = await at.rig.login();
    for (let count = 0; count < 5; count++) {
      await (await at.rig.login({ identity })).tap().expect(201);
      at.rig.wait(40);
    }
    const denied = await at.rig.login({ identity });
    await denied.respond('denied');
    at.rig.wait(40);
    await denied.look().expect(200);
    at.rig.wait(80);
    const state = await stateOf(identity);
    expect(state.hold).toEqual({ endsInSeconds: 480 });
    expect(state.policies[0]).toEqual({
      name: 'user-15m',
      used: 5,
      limit: 5,
      windowSeconds: 900,
      availableInSeconds: 580,
    });
    expect(state.explanation.slice(0, 2)).toEqual([
      'The user denied a push 2 minutes ago: no resend for another 8 minutes.',
      '5 of 5 resends in the last 15 minutes are used up; the next one is possible in 9 minutes 40 seconds.',
    ]);

    const { body } = await at.desk.reset(identity, { reason: 'identity verified by phone', reference: 'case-48213' });
    expect(body).toEqual({
      before: {
        windows: [
          { name: 'user-15m', used: 5, limit: 5, windowSeconds: 900 },
          { name: 'user-24h', used: 5, limit: 10, windowSeconds: 86_400 },
        ],
        hold: { endsInSeconds: 480 },
      },
    });
    const after = await stateOf(identity);
    expect(after.hold).toBeUndefined();
    expect(after.policies[0]).toMatchObject({ used: 0, availableInSeconds: 0 });
    expect(after.explanation.at(-1)).toBe('A resend for a new sign-in is possible now.');
    await (await at.rig.login({ identity })).tap().expect(201);
  });

  test('tells a block with its reason and who set it, until it ends', async () => {
    const { identity } = await at.rig.login();
    await at.fraud.block(identity, { reason: 'first thought', expiresInSeconds: 60 }).expect(200);
    const set = await at.desk.block(identity, { reason: 'push bombing, INC-991', expiresInSeconds: 7200 }).expect(200);
    expect(set.body).toEqual({ endsInSeconds: 7200, reason: 'push bombing, INC-991' });
    at.rig.wait(600);
    const state = await stateOf(identity);
    expect(state.block).toEqual({
      endsInSeconds: 6600,
      reason: 'push bombing, INC-991',
      actor: 'key:desk',
      setAt: expect.stringMatching(/^2026-03-02T/),
    });
    expect(state.explanation[0]).toBe(
      'Resends are blocked for this user for another 1 hour 50 minutes: "push bombing, INC-991".',
    );
    await at.desk.unblock(identity, { reason: 'mistaken' }).expect(204);
    expect((await stateOf(identity)).block).toBeUndefined();
    await at.desk.unblock(identity).expect(204);
  });

  test('tells a pause, and that a tap would meet it first', async () => {
    const screen = await at.rig.login();
    await screen.tap().expect(201);
    await at.desk.pause({ paused: true, reason: 'incident 991', expiresInSeconds: 600 }).expect(200);
    try {
      const state = await stateOf(screen.identity);
      expect(state.pause).toEqual({ endsInSeconds: 600, reason: 'incident 991' });
      expect(state.challenges[0].tap).toMatchObject({ code: 'resends-paused', status: 503, retryAfterSeconds: 600 });
      expect(state.explanation[0]).toBe('Resends are paused for all users for another 10 minutes: "incident 991".');
    } finally {
      await at.desk.pause({ paused: false, reason: 'over' }).expect(200);
    }
  });

  test('names the user as the log does, and never otherwise', async () => {
    const screen = await at.rig.login();
    await screen.tap().expect(201);
    const { text } = await at.desk.state(screen.identity).expect(200);
    const { userHash } = JSON.parse(text);
    expect(text).not.toContain(screen.identity);
    const lines = at.rig
      .logged()
      .split('\n')
      .filter((line) => line.includes(userHash));
    expect(lines.some((line) => line.includes('"event":"audit"') && line.includes('resend.sent'))).toBe(true);
    expect(lines.some((line) => line.includes('"event":"request"'))).toBe(true);
  });
});

describe('a reason', () => {
  const identity = 'somebody-0042';
  test.each([
    [{}, '/reason'],
    [{ reason: '' }, '/reason'],
    [{ reason: '   ' }, '/reason'],
    [{ reason: 'x'.repeat(281) }, '/reason'],
    [{ reason: 'with a\u0000 byte' }, '/reason'],
    [{ reason: 'spoofed \u202E order' }, '/reason'],
    [{ reason: 42 }, '/reason'],
    [{ reason: `because Somebody-0042 asked` }, '/reason'],
    [{ reason: 'key prk_desk_secret was lost' }, '/reason'],
    [{ reason: 'fine', reference: 'SOMEBODY-0042' }, '/reference'],
    [{ reason: 'fine', reference: 'two words' }, '/reference'],
    [{ reason: 'fine', reference: '' }, '/reference'],
    [{ reason: 'fine', policies: ['cooldown'] }, '/policies'],
  ])('a reason is one line without the identity or a credential: %j', async (body, pointer) => {
    const { body: told } = await at.desk.reset(identity, body).expect(400);
    expect(told.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('may be of any script, up to 280 characters', async () => {
    await at.desk.reset(identity, { reason: 'Anrufer geprüft – 本人確認済み' }).expect(201);
    await at.desk.reset(identity, { reason: 'ü'.repeat(280) }).expect(201);
  });

  test.each([
    [{ reason: 'fine' }, '/expiresInSeconds'],
    [{ expiresInSeconds: 60 }, '/reason'],
    [{ reason: 'fine', expiresInSeconds: 0 }, '/expiresInSeconds'],
    [{ reason: 'fine', expiresInSeconds: 7_776_001 }, '/expiresInSeconds'],
    [{ reason: 'fine', expiresInSeconds: 1.5 }, '/expiresInSeconds'],
    [{ reason: 'fine', expiresInSeconds: '60' }, '/expiresInSeconds'],
  ])('a block requires a reason and an end: %j', async (body, pointer) => {
    const { body: told } = await at.desk.block(identity, body).expect(400);
    expect(told.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('a block may last 90 days', async () => {
    await at.desk.block(identity, { reason: 'fraud', expiresInSeconds: 7_776_000 }).expect(200);
    expect((await stateOf(identity)).block.endsInSeconds).toBe(7_776_000);
    await at.desk.unblock(identity).expect(204);
  });
});
