/**
 * Whether a user can tell Challenges of others from those that nobody has: by the answer, or by the time that it takes.
 * `foreign` is another user's that waits, `closed` another user's that was approved, and this service knows it. (How one's own
 * Challenge ended is no secret.) In random order, each user asks less than the limit of unknown ones, half looks, half taps.
 *
 * Times are compared by their ranks, so that a busy machine only blurs them. A control shows what would be noticed: the same
 * times, with a planted millisecond more for one kind; in the short form, half of the middle half of all times where that is
 * more.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { median, quantile } from '../bench/quantiles.js';
import { builtOnce } from '../support/built-once.js';
import { isWhole } from './extent.js';
import { rankSumScore } from './rank-sum.js';
import { type Screen, Site } from './site.js';

const KINDS = ['unknown', 'foreign', 'closed'] as const;
type Kind = (typeof KINDS)[number];
const PER_KIND = isWhole ? 4000 : 300;
/** Of each kind; the user has three times as many questions, of eight that are allowed in half a minute. */
const PER_USER = 2;
const OTHERS = 40;
const TELLING = 5;

const simulator = new Simulator();
let twilio: Awaited<ReturnType<Simulator['start']>>;
let site: Site;
beforeAll(async () => {
  twilio = await simulator.start({ port: 0 });
  site = await Site.start(builtOnce(), { twilio });
}, 120_000);
afterAll(async () => {
  await site.stop();
  await simulator.stop();
});

test('unknown, foreign and closed Challenges get the same response in the same time', {
  timeout: 600_000,
}, async () => {
  const sids = await challenges();
  await ask(sids, OTHERS); // until everything is compiled
  const { times, words } = await ask(sids, PER_KIND);
  for (const kind of KINDS) expect(words[kind]).toEqual(words.unknown);
  expect(words.unknown.size).toBe(2); // of a look, of a tap
  const all = KINDS.flatMap((kind) => times[kind]);
  const planted = isWhole ? 1 : Math.max(1, (quantile(all, 0.75) - quantile(all, 0.25)) / 2);
  const score = (one: Kind, other: Kind) => rankSumScore(times[one], times[other]);
  console.log(
    `${PER_KIND} of each kind: medians ${KINDS.map((kind) => `${kind} ${median(times[kind]).toFixed(3)} ms`).join(', ')};`,
    `scores ${score('foreign', 'unknown').toFixed(1)}, ${score('closed', 'unknown').toFixed(1)}, ${score('closed', 'foreign').toFixed(1)};`,
    `planted ${planted.toFixed(2)} ms: ${scoreWith(times, planted).toFixed(1)}`,
  );
  expect(Math.abs(score('foreign', 'unknown'))).toBeLessThan(TELLING);
  expect(Math.abs(score('closed', 'unknown'))).toBeLessThan(TELLING);
  expect(Math.abs(score('closed', 'foreign'))).toBeLessThan(TELLING);
  expect(scoreWith(times, planted)).toBeGreaterThan(TELLING);
});

function scoreWith(times: Readonly<Record<Kind, readonly number[]>>, plantedMs: number): number {
  return rankSumScore(
    times.foreign.map((ms) => ms + plantedMs),
    times.unknown,
  );
}

/** SIDs of each kind. */
async function challenges(): Promise<Record<Kind, readonly string[]>> {
  const sids = { unknown: [] as string[], foreign: [] as string[], closed: [] as string[] };
  for (let index = 0; index < OTHERS; index++) {
    sids.unknown.push(`YC${'f'.repeat(28)}${String(index).padStart(4, '0')}`);
    sids.foreign.push((await ofAnother(`foreign-${index}-of-timing`)).challengeSid);
    const closed = await ofAnother(`closed-${index}-of-timing`);
    await simulate(`/challenges/${closed.challengeSid}/respond`, { status: 'approved' });
    await site.look(closed);
    sids.closed.push(closed.challengeSid);
  }
  return sids;
}

async function ofAnother(identity: string): Promise<Screen> {
  const { authorization } = await site.screen(identity);
  const { challengeSid } = (await simulate('/challenges', { identity, ageSeconds: 60 })) as { challengeSid: string };
  const screen = { challengeSid, authorization };
  expect((await site.look(screen)).status).toBe(200);
  return screen;
}

async function simulate(path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${twilio.url}/_sim${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

/** @returns times in milliseconds, and every answer that there was, without what is the request's own */
async function ask(sids: Readonly<Record<Kind, readonly string[]>>, perKind: number) {
  const times: Record<Kind, number[]> = { unknown: [], foreign: [], closed: [] };
  const words = { unknown: new Set<string>(), foreign: new Set<string>(), closed: new Set<string>() };
  for (let asked = 0; asked < perKind; asked += PER_USER) {
    const { authorization } = await site.screen();
    const questions = KINDS.flatMap((kind) =>
      (['look', 'tap'] as const).map((how, at) => ({ kind, how, order: Math.random(), at: asked + at })),
    );
    for (const { kind, how, at } of questions.toSorted((one, other) => one.order - other.order)) {
      const challengeSid = sids[kind][at % OTHERS] ?? '';
      const { ms, text, status } = await site[how]({ challengeSid, authorization });
      times[kind].push(ms);
      words[kind].add(`${how} ${status} ${text.replaceAll(challengeSid, 'YC…')}`);
    }
  }
  return { times, words };
}
