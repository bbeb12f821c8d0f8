/**
 * More than the built service can do. Ten times as many taps as Twilio's slots let through, at a constant rate, whether or not
 * earlier ones are answered; and more looks than its core can answer. What is normal is measured first, on the same machine.
 * Twilio takes 150 ms for each of the two answers that a tap needs. The long form has the slots and the queue as shipped, and
 * needs a machine that does nothing else; the short one only asks that everybody gets an answer, and refusals come first.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quantile } from '../bench/quantiles.js';
import { builtOnce } from '../support/built-once.js';
import { isWhole } from './extent.js';
import type { Lookers } from './lookers.js';
import type { Burst } from './open-loop.js';
import { type Answer, type Screen, Site } from './site.js';

const TIMES = 10;
const SECONDS = isWhole ? 5 : 3;
const SLOTS = isWhole ? 128 : 8;
const TWILIO_MS = 150;

let site: Site;
beforeAll(async () => {
  const slots = { TWILIO_MAX_CONCURRENT: String(SLOTS), TWILIO_QUEUE_LIMIT: String(SLOTS) };
  site = await Site.start(builtOnce(), { settings: slots, twilioMs: TWILIO_MS });
}, 120_000);
afterAll(() => site.stop());

async function screens(count: number): Promise<Screen[]> {
  const all: Screen[] = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(64, count - all.length) }, () => site.screen());
    all.push(...(await Promise.all(some)));
  }
  return all;
}

/** So many taps at a time, each after the answer to the one before. */
async function tap(count: number, atOnce: number): Promise<{ readonly answers: Answer[]; readonly perSecond: number }> {
  const rest = (await screens(count)).values();
  const answers: Answer[] = [];
  const beganAt = performance.now();
  const one = async () => {
    for (const screen of rest) answers.push(await site.tap(screen));
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { answers, perSecond: (count * 1000) / (performance.now() - beganAt) };
}

const timesOf = (answers: readonly Answer[], wanted: number) =>
  answers.filter(({ status }) => status === wanted).map(({ ms }) => ms);

function tell(what: string, groups: Readonly<Record<string, readonly number[]>>): void {
  const lines = Object.entries(groups).map(([name, times]) => {
    const quantiles = [0.5, 0.95, 0.99].map((share) => `${quantile(times, share).toFixed(0)} ms`);
    return `${name}: ${times.length}, p50, p95, p99 ${quantiles.join(', ')}`;
  });
  console.log([what, ...lines].join('\n  '));
}

/** What a worker of this folder answers when it is done. */
async function answersOf(program: 'open-loop' | 'lookers', workerData: Burst | Lookers): Promise<readonly Answer[]> {
  const worker = new Worker(new URL(`./${program}.ts`, import.meta.url), { workerData });
  const [answers] = (await once(worker, 'message')) as [readonly Answer[]];
  return answers;
}

test('ten times as many taps: refused at once, with a time to come back; accepted ones take as long as ever', {
  timeout: 180_000,
}, async () => {
  await tap(10 * SLOTS, SLOTS); // until everything is compiled
  const normal = timesOf((await tap(40, 4)).answers, 201);
  const perSecond = TIMES * (await tap(6 * SLOTS, SLOTS)).perSecond;
  const answers = await answersOf('open-loop', {
    port: site.service.publicPort,
    perSecond,
    screens: await screens(Math.round(perSecond * SECONDS)),
  });
  const [accepted, refused] = [timesOf(answers, 201), timesOf(answers, 503)];
  tell(`${perSecond.toFixed(0)} taps a second`, { normal, accepted, refused });
  expect(accepted.length + refused.length).toBe(answers.length);
  expect(answers.filter(({ status }) => status === 503).every(({ retryAfter }) => retryAfter >= 1)).toBe(true);
  expect(refused.length).toBeGreaterThan(accepted.length);
  expect(accepted.length).toBeGreaterThan((answers.length / TIMES) * 0.5);
  expect(quantile(refused, 0.5)).toBeLessThan(quantile(accepted, 0.5));
  if (!isWhole) return; // the rest needs a machine that does nothing else
  expect(quantile(refused, 0.5)).toBeLessThan(quantile(normal, 0.5) / 4);
  expect(quantile(accepted, 0.5)).toBeLessThan(2 * quantile(normal, 0.5));
});

test('400 clients that look without a pause: taps are accepted in time, or refused', { timeout: 180_000 }, async () => {
  const normal = timesOf((await tap(40, 4)).answers, 201);
  const meanwhile = await screens(SECONDS * 20);
  const lookers = { port: site.service.publicPort, ms: SECONDS * 1000, screens: await screens(400) };
  const looking = answersOf('lookers', lookers);
  const taps: Promise<Answer>[] = [];
  for (const screen of meanwhile) {
    taps.push(site.tap(screen));
    await sleep(50);
  }
  const [looks, answers] = [await looking, await Promise.all(taps)];
  const [accepted, refused] = [timesOf(answers, 201), timesOf(answers, 503)];
  tell('taps', { normal, accepted, refused });
  tell('looks', { accepted: timesOf(looks, 200), refused: timesOf(looks, 503) });
  expect(timesOf(looks, 200).length + timesOf(looks, 503).length).toBe(looks.length);
  expect(accepted.length + refused.length).toBe(answers.length);
  expect(accepted.length).toBeGreaterThan(0);
  if (isWhole) expect(quantile(accepted, 0.5)).toBeLessThan(2 * quantile(normal, 0.5));
});
