/** Guessing Challenges: nothing is learnt, Twilio hardly notices, and nobody else pays. */
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Screen } from '../support/rig.js';
import { type ConsumerRig, startConsumerRig } from './consumer.js';
import { type RawAnswer, rawRequest } from './raw-request.js';

const GUESSES = 10_000;
const AT_ONCE = 16;
/** Unknown Challenges of a user that are looked up in 30 s; the clock of these tests stands still. */
const LOOKED_UP = 8;

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let at: ConsumerRig;
beforeAll(async () => {
  at = await startConsumerRig({ THROTTLE_SESSION_PER_MINUTE: '100000', THROTTLE_ADDRESS_PER_MINUTE: '100000' });
});
afterAll(async () => {
  agent.destroy();
  await at.rig.close();
});

type Method = 'GET' | 'POST';
const randomSid = () => `YC${randomBytes(16).toString('hex')}`;

function ask({ token }: Screen, method: Method, challengeSid: string): Promise<RawAnswer> {
  const path = `/v1/challenges/${challengeSid}${method === 'POST' ? '/notifications' : ''}`;
  return rawRequest(at.rig.ports.public, { method, path, headers: { authorization: `Bearer ${token}` }, agent });
}

/** All by which two answers could be told apart, but for what names the one request. */
function tellable({ status, headers, text }: RawAnswer): string {
  const { 'request-id': _id, date: _date, ...rest } = headers;
  const { requestId: _same, ...body } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ status, headers: rest, body });
}

const fetches = async (): Promise<number> => {
  const journal = await at.rig.simulate<{ operation: string | null }[]>('GET', '/journal');
  return journal.filter(({ operation }) => operation === 'fetchChallenge').length;
};

test.each(['POST', 'GET'] as const)(
  '%s: what others have and what never was are answered alike, at every step',
  async (method) => {
    const others = await Promise.all(Array.from({ length: LOOKED_UP + 4 }, async () => at.rig.login()));
    const [one, two] = [await at.rig.login({ isUnbound: true }), await at.rig.login({ isUnbound: true })];
    const foreign = others.map(({ challengeSid }) => challengeSid);
    const unknown = foreign.map(randomSid);
    for (const [step, sid] of [...foreign, ...foreign].entries()) {
      const ofNobody = [...unknown, ...unknown][step] ?? '';
      const [told, toldOfNobody] = [await ask(one, method, sid), await ask(two, method, ofNobody)];
      expect([step, tellable(told)]).toEqual([step, tellable(toldOfNobody)]);
      const isAgain = step >= foreign.length;
      expect(told.status).toBe((isAgain ? step - foreign.length : step) < LOOKED_UP ? 404 : 429);
    }
  },
);

test('a session bound to one Challenge sees all others as nonexistent, and Twilio is not called', async () => {
  const [bound, unbound] = [await at.rig.login(), await at.rig.login({ isUnbound: true })];
  const [own, others] = [await at.rig.login({ identity: bound.identity }), await at.rig.login()];
  for (const method of ['POST', 'GET'] as const) {
    const unknown = tellable(await ask(unbound, method, randomSid()));
    const before = await fetches();
    for (const sid of [own.challengeSid, others.challengeSid, randomSid()]) {
      expect(tellable(await ask(bound, method, sid))).toBe(unknown);
    }
    expect(await fetches()).toBe(before);
  }
});

test('ten thousand guesses cause only a few calls to Twilio, and affect nobody', async () => {
  const attacker = await at.rig.login({ isUnbound: true });
  const victims = await Promise.all(Array.from({ length: 20 }, async () => at.rig.login()));
  const [used, ...unused] = victims;
  await used?.tap().expect(201);
  const states = () => Promise.all(victims.map(async ({ identity }) => (await at.desk.state(identity)).body as object));
  const [statesBefore, fetchesBefore] = [await states(), await fetches()];

  const guesses = Array.from({ length: GUESSES }, (_, index) => {
    const victim = index % 50 === 49 ? victims[((index / 50) % victims.length) | 0] : undefined;
    return {
      sid: victim?.challengeSid ?? randomSid(),
      isForeign: victim !== undefined,
      method: index % 2 ? 'GET' : 'POST',
    } as const;
  });
  const told = { foreign: new Set<string>(), unknown: new Set<string>() };
  const queue = guesses.values();
  const worker = async () => {
    for (const { sid, isForeign, method } of queue) {
      told[isForeign ? 'foreign' : 'unknown'].add(tellable(await ask(attacker, method, sid)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  expect([...told.foreign].filter((answer) => !told.unknown.has(answer))).toEqual([]);
  const codes = [...told.unknown].map((answer) => (JSON.parse(answer) as { body: { code: string } }).body.code);
  const expected = new Set(['challenge-not-found', 'too-many-requests', 'resend-in-progress', 'overloaded']);
  expect(codes.filter((code) => !expected.has(code))).toEqual([]);

  // Looks that are under way when the last free one is taken are answered, too.
  expect((await fetches()) - fetchesBefore).toBeLessThanOrEqual(LOOKED_UP + AT_ONCE);
  expect(await states()).toEqual(statesBefore);
  for (const victim of [...unused, used]) expect(await victim?.created()).toBe(victim === used ? 1 : 0);
  for (const victim of unused) await victim.tap().expect(201);

  // The attacker pays alone, and only for a while.
  const own = await at.rig.login({ identity: attacker.identity });
  await own.tap().expect(429);
  at.rig.wait(30);
  await own.tap().expect(201);
}, 120_000);

test('guessing on goes on costing: eight look-ups in every thirty seconds', async () => {
  const attacker = await at.rig.login({ isUnbound: true });
  const before = await fetches();
  for (let round = 1; round <= 3; round++) {
    for (let count = 0; count < 3 * LOOKED_UP; count++) await ask(attacker, 'POST', randomSid());
    expect((await fetches()) - before).toBe(round * LOOKED_UP);
    at.rig.wait(30);
  }
});
