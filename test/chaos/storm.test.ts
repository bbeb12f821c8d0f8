import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit, type Violation } from './audit.js';
import { type Site, startSite } from './site.js';
import { type Figures, storm } from './storm.js';

/** CHAOS_SECONDS=600 for a long run: one storm after another until then. CHAOS_SEED repeats the first of a run. */
const SECONDS = Number(process.env['CHAOS_SECONDS'] || '60');
const SEED = process.env['CHAOS_SEED'] || Math.floor(Math.random() * 1e9).toString(36);
const INSTANCES = 3;
const STORM_MS = 12_000;
/** A build, a storm that began just before the end, and the time to recover from it. */
const LIMIT_MS = SECONDS * 1000 + 90_000;

let site: Site | undefined;
beforeAll(async () => {
  site = await startSite(INSTANCES);
}, 300_000);
afterAll(() => site?.close());

test(
  'whatever breaks, no promise is broken',
  async () => {
    if (!site) throw new Error('there is no site');
    const violations: string[] = [];
    const endAt = Date.now() + SECONDS * 1000;
    for (let round = 0; round === 0 || Date.now() + STORM_MS < endAt; round++) {
      const seed = round === 0 ? SEED : `${SEED}-${round}`;
      console.log(`storm ${seed} begins`);
      const { record, figures } = await storm(site, seed, STORM_MS);
      const found = audit(record);
      violations.push(...found.map(({ rule, detail }) => `${seed}: ${rule}: ${detail}`));
      report(seed, figures, found);
      expect(figures.pushes, 'a storm in which nothing is sent proves nothing').toBeGreaterThan(20);
    }
    expect(violations).toEqual([]);
  },
  LIMIT_MS,
);

function report(seed: string, figures: Figures, violations: readonly Violation[]): void {
  const { taps, looks, callsToTwilio, pushes, longestHaltMs, answers, faults, blows } = figures;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  console.log(
    [
      `storm ${seed}: ${taps} taps, ${looks} looks, ${callsToTwilio} calls to Twilio, ${pushes} pushes, ${violations.length} violations`,
      `  answers: ${list(answers)}`,
      `  blows: ${list(blows)}; the longest halt of the simulator was ${longestHaltMs} ms`,
      `  faults of Twilio: ${list(faults)}`,
      ...violations.map(({ rule, detail }) => `  VIOLATION ${rule}: ${detail}`),
    ].join('\n'),
  );
}
