/** One session that looks at everything at once takes the service from nobody. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsumerRig, startConsumerRig } from '../internal/consumer.js';

/** What one user may ask about without knowing it, and how many slots they get for that. */
const MOST_GUESSES = 8;
const SLOTS = 3;

let at: ConsumerRig;
beforeAll(async () => {
  // Deadlines that a busy machine keeps.
  const patience = { TWILIO_FETCH_DEADLINE_MS: '9000', TWILIO_CREATE_DEADLINE_MS: '9000', RESEND_LEASE_SECONDS: '60' };
  // As many slots as guesses, so that a user who could hold one for each would leave none.
  const slots = { TWILIO_MAX_CONCURRENT: String(MOST_GUESSES), TWILIO_QUEUE_WAIT_MS: '5000' };
  at = await startConsumerRig({ ...patience, ...slots });
});
afterAll(() => at.rig.close());

const unknownSid = () => `YC${randomBytes(16).toString('hex')}`;

interface Asked {
  readonly method: string;
  readonly path: string;
}
/** Fetches of a user's Challenges that reached Twilio. */
const fetchesOf = async (identity: string): Promise<number> => {
  const journal = await at.rig.simulate<Asked[]>('GET', '/journal');
  return journal.filter(({ method, path }) => method === 'GET' && path.includes(`/${identity}/`)).length;
};
const slowly = (delayMs: number) =>
  at.rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs, times: 1000 });

test('250 looks of one session at once fetch eight Challenges at most, and ten others press meanwhile', async () => {
  const { rig } = at;
  const guesser = await rig.login({ isUnbound: true });
  const others = await Promise.all(Array.from({ length: 10 }, () => rig.login()));
  await slowly(4000);
  let answered = 0;
  const looks = Array.from({ length: 250 }, async () => {
    const { status } = await guesser.look(unknownSid());
    answered += 1;
    return status;
  });
  await expect.poll(() => answered).toBeGreaterThanOrEqual(250 - MOST_GUESSES);
  await rig.simulate('DELETE', '/faults');
  const taps = await Promise.all(others.map((other) => other.tap().then(({ status }) => status)));
  const told = await Promise.all(looks);

  expect(taps).toEqual(Array(10).fill(201));
  const fetches = await fetchesOf(guesser.identity);
  expect(fetches).toBeGreaterThanOrEqual(SLOTS);
  expect(fetches).toBeLessThanOrEqual(MOST_GUESSES);
  expect(told.filter((status) => status === 404)).toHaveLength(fetches);
  expect(told.filter((status) => status !== 404 && status !== 429)).toEqual([]);

  await guesser.look().expect(429);
  rig.wait(30);
  await guesser.look().expect(200);
  await guesser.tap().expect(201);
});

test('a flood of looks does not keep its own user from a tap', async () => {
  const { rig } = at;
  const guesser = await rig.login({ isUnbound: true });
  await guesser.look().expect(200);
  await slowly(400);
  const looks = Array.from({ length: 50 }, () => guesser.look(unknownSid()).then(({ status }) => status));
  await guesser.tap().expect(201);
  await Promise.all(looks);
  await rig.simulate('DELETE', '/faults');
});

test('40 looks at once do not make it tell an end twice', async () => {
  const { rig, desk } = at;
  const screen = await rig.login({ isUnbound: true });
  await screen.respond('approved');
  await screen.look().expect(200);
  await slowly(400);
  await Promise.all(Array.from({ length: 40 }, () => screen.look(unknownSid())));
  await rig.simulate('DELETE', '/faults');
  rig.wait(30);
  const { body } = await screen.look().expect(200);
  expect(body.challenge.status).toBe('approved');
  const { events } = (await desk.events({ identity: screen.identity }).expect(200)).body;
  expect((events as { type: string }[]).filter(({ type }) => type === 'challenge.approved')).toHaveLength(1);
  expect(await fetchesOf(screen.identity)).toBeLessThanOrEqual(1 + MOST_GUESSES);
});
