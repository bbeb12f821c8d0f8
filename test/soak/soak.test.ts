import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Measurement, measuresOf } from './measures.js';
import { type MeasuredSite, startMeasuredSite } from './measured-site.js';
import { faultsOf, report, shortly } from './report.js';
import { soak } from './soak.js';

/** How long the load lasts; 0, and it is left out. `npm run test:soak` takes 1800. */
const SECONDS = Number(process.env['SOAK_SECONDS'] || '0');
const SEED = process.env['SOAK_SEED'] || Math.floor(Math.random() * 1e9).toString(36);
const INSTANCES = 2;
/** The end of the last round, the return to idle, and nine rounds where fewer fit into the time. */
const LIMIT_MS = SECONDS * 1000 + 600_000;

let site: MeasuredSite | undefined;
beforeAll(async () => {
  if (SECONDS > 0) site = await startMeasuredSite(INSTANCES);
}, 120_000);
afterAll(() => site?.close());

test.skipIf(SECONDS === 0)(
  'under faults and hostile clients nothing grows, and everything comes back to where it was',
  async () => {
    if (!site) throw new Error('there is no site');
    console.log(`soak ${SEED} begins`);
    const measures = measuresOf(INSTANCES);
    const onRound = (lull: Measurement, round: number) => console.log(`round ${round}: ${shortly(lull, measures)}`);
    const soaked = await soak(site, { seconds: SECONDS, seed: SEED, onRound });
    console.log(report(soaked, site.tally.errors));
    expect(faultsOf(soaked)).toEqual([]);
    expect(soaked.totals['pushes'], 'a run in which nothing is sent proves nothing').toBeGreaterThan(50);
    expect(soaked.totals['screens: told'], 'nobody was told of an answer').toBeGreaterThan(5);
  },
  LIMIT_MS,
);
