import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../chaos/audit.js';
import { type Blow, plannedBlows } from '../chaos/blows.js';
import type { LoginClient } from '../chaos/login-client.js';
import { Seeded } from '../chaos/seeded.js';
import { storm } from '../chaos/storm.js';
import { hasEnded, type MeasuredSite } from './measured-site.js';
import { type Measurement, measured, type Measure, measuresOf, notReturned } from './measures.js';
import { type Peaks, takePulse } from './pulse.js';
import { passDay, redisVitals } from './redis-day.js';
import { watchScreens } from './screens.js';
import { besiege } from './siege.js';
import { FEWEST } from './trend.js';

const USERS = 5;
const SCREENS = 4;
/** Of a run, the part that one round's load takes; and its bounds, in milliseconds. */
const ROUND_SHARE = 1 / 45;
const [SHORTEST_MS, LONGEST_MS] = [10_000, 40_000];
/** With no crash of an instance: what is measured is one process over the whole run. */
const BLOWS: readonly Blow['kind'][] = [
  'redis-stall',
  'redis-slow',
  'redis-swallow',
  'redis-slow',
  'redis-reset',
  'redis-crash',
];
/** Between two of them: most of the time nothing is broken. */
const BLOW_PAUSE_MS = [3000, 10_000] as const;
/** After a round: what it left behind is worked off. */
const LULL_MS = 5000;
/** After the last load: twice as long as either side keeps an idle connection. */
const RETURNS_WITHIN_MS = 130_000;
/** The grace period of a process, and what closing takes after it. */
const ENDS_WITHIN_MS = 17_000;

export interface Run {
  readonly seconds: number;
  readonly seed: string;
  readonly onRound: (lull: Measurement, round: number) => void;
}

/** What a run has seen. */
export interface Soaked {
  readonly measures: ReadonlyMap<string, Measure>;
  readonly before: Measurement;
  /** Between the rounds, when nothing went on. */
  readonly lulls: readonly Measurement[];
  readonly after: Measurement;
  readonly peaks: Peaks & { readonly redisKeys: number; readonly redisBytes: number };
  /** How much happened, by name. */
  readonly totals: Readonly<Record<string, number>>;
  /** Promises that were not kept, and other faults. */
  readonly broken: readonly string[];
}

/**
 * Rounds of load, each a storm among hostile clients and screens that listen, and after each a lull in which everything
 * is measured; then the end of all load.
 *
 * @param onRound is told what was measured after it
 */
export async function soak(site: MeasuredSite, { seconds, seed, onRound }: Run): Promise<Soaked> {
  const endAt = Date.now() + seconds * 1000;
  const loadMs = Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, seconds * 1000 * ROUND_SHARE)));
  const measures = measuresOf(site.instances.length);
  const totals: Record<string, number> = {};
  const broken: string[] = [];
  const lulls: Measurement[] = [];
  let [redisKeys, redisBytes, longestRoundMs] = [0, 0, 0];

  await passDay(site.redis);
  const before = await measured(site);
  const pulse = takePulse(site);
  try {
    for (let round = 0; round < FEWEST || Date.now() + longestRoundMs < endAt; round++) {
      const beganAt = Date.now();
      broken.push(...(await load(site, `${seed}-${round}`, loadMs, totals)));
      const stored = await redisVitals(site.redis);
      redisKeys = Math.max(redisKeys, stored.keys);
      redisBytes = Math.max(redisBytes, stored.bytes);
      await passDay(site.redis);
      await sleep(LULL_MS);
      const lull = await measured(site);
      lulls.push(lull);
      onRound(lull, round + 1);
      longestRoundMs = Math.max(longestRoundMs, Date.now() - beganAt);
    }
  } finally {
    await pulse.stop();
  }

  const returnsBy = Date.now() + RETURNS_WITHIN_MS;
  let after = await measured(site);
  while (notReturned(before, after, measures).length > 0 && Date.now() < returnsBy) {
    await sleep(LULL_MS);
    after = await measured(site);
  }
  if (notReturned(before, after, measures).length > 0) {
    for (const instance of site.instances) {
      broken.push(`left behind: ${JSON.stringify((await site.vitalsOf(instance)).resources)}`);
    }
  }
  broken.push(...site.tally.unexplained.map((line) => `logged: ${line}`));
  broken.push(...(await ends(site)));
  return { measures, before, lulls, after, peaks: { ...pulse.peaks, redisKeys, redisBytes }, totals, broken };
}

/** @returns the promises that were not kept */
async function load(
  site: MeasuredSite,
  seed: string,
  forMs: number,
  totals: Record<string, number>,
): Promise<string[]> {
  const add = (name: string, count: number) => void (totals[name] = (totals[name] ?? 0) + count);
  const blows = plannedBlows(new Seeded(`${seed} blows`), forMs, site.instances.length, BLOWS, BLOW_PAUSE_MS);
  const intruder = await site.signIn(`intruder-${seed}`);
  const screens: LoginClient[] = [];
  for (let index = 0; index < SCREENS; index++) screens.push(await site.signIn(`screen-${seed}-${index}`));
  const meanwhile = async (end: number) => {
    site.hangUps.until = end;
    const challenge = { identity: intruder.user, expiresInSeconds: 600 };
    const { challengeSid } = await site.simulate<{ challengeSid: string }>('POST', '/challenges', challenge);
    const ports = site.instances.map(({ url }) => Number(new URL(url).port));
    const siege = besiege({ ports, until: end, token: intruder.token, challengeSid });
    const seen = await watchScreens(site, screens, end);
    for (const [name, count] of Object.entries(seen)) add(`screens: ${name}`, count);
    for (const [trick, count] of Object.entries(await siege)) add(`hostile: ${trick}`, count);
  };
  const { record, figures } = await storm(site, seed, forMs, { users: USERS, blows, meanwhile });
  add('taps', figures.taps);
  add('looks', figures.looks);
  add('pushes', figures.pushes);
  add('calls to Twilio', figures.callsToTwilio);
  for (const [code, count] of Object.entries(figures.answers)) add(`answer: ${code}`, count);
  for (const [kind, count] of Object.entries(figures.blows)) add(`blow: ${kind}`, count);
  for (const count of Object.values(figures.faults)) add('faults of Twilio', count);
  return audit(record).map(({ rule, detail }) => `${seed}: ${rule}: ${detail}`);
}

/** SIGTERM to all. @returns those that did not end as they should */
async function ends(site: MeasuredSite): Promise<string[]> {
  const ended = await Promise.all(
    site.instances.map(async ({ process: child }) => {
      if (hasEnded(child)) return ['an instance had ended by itself'];
      const exit = once(child, 'exit', { signal: AbortSignal.timeout(ENDS_WITHIN_MS) });
      child.kill('SIGTERM');
      const [code] = (await exit.catch(() => ['nothing'])) as unknown[];
      return code === 0 ? [] : [`an instance that was told to end ended with ${String(code)}`];
    }),
  );
  return ended.flat();
}
