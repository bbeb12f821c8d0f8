/**
 * Clients that pipeline requests faster than they can be answered, against the built service with the heap of the manifests.
 *
 * Memory is compared with the same process when it is idle after ordinary work.
 *
 * All looks and taps of others must be served, in the long form with a median within twice the normal one, which needs a machine
 * that does nothing else. The short form allows for one that is busy with other tests, where the event loop is late in any case.
 * How it was is printed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { median, quantile } from '../bench/quantiles.js';
import { builtOnce } from '../support/built-once.js';
import { isWhole } from './extent.js';
import type { Pipeliners } from './pipeliners.js';
import { type Answer, type Screen, Site } from './site.js';
import { warmedUp } from './warmed-up.js';

const GROWS_AT_MOST = 1.3;
/** Longer than a client may leave its answers unread. */
const ATTACK_MS = isWhole ? 40_000 : 6000;
const ASK_EVERY_MS = 100;
/** `SHUTDOWN_GRACE_SECONDS`, and the time to close. */
const ENDS_WITHIN_MS = 17_000;
const LINES_IN_TEN_SECONDS = 100;

const NOTHING = 'GET / HTTP/1.1\r\nHost:\r\n\r\n';
const METRICS = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';

/** How others fared. */
interface Served {
  readonly looks: readonly Answer[];
  readonly taps: readonly Answer[];
  readonly probes: readonly Answer[];
  readonly mostBytes: number;
}

let site: Site;
let idleBytes: number;
let normal: Served;
const startedAt = performance.now();
beforeAll(async () => {
  site = await Site.start(builtOnce(), isWhole ? {} : { settings: { MAX_EVENT_LOOP_DELAY_MS: '60000' } });
  idleBytes = await warmedUp(site);
  normal = await served(3000, await screensFor(3000));
}, 180_000);
afterAll(() => site.stop());

/** Those whose users look and tap for so long. */
const screensFor = (ms: number) => Promise.all(Array.from({ length: 1 + ms / ASK_EVERY_MS }, () => site.screen()));

/** One user looks, others tap for the first time, and an orchestrator probes, every 100 ms. */
async function served(ms: number, [looking, ...tapping]: readonly Screen[]): Promise<Served> {
  const [looks, taps, probes]: Answer[][] = [[], [], []];
  let mostBytes = 0;
  const until = performance.now() + ms;
  for (const screen of tapping) {
    const [look, tap, probe] = await Promise.all([site.look(looking ?? screen), site.tap(screen), site.livez()]);
    looks?.push(look);
    taps?.push(tap);
    probes?.push(probe);
    mostBytes = Math.max(mostBytes, site.service.residentBytes);
    if (performance.now() > until) break;
    await sleep(ASK_EVERY_MS);
  }
  return { looks: looks ?? [], taps: taps ?? [], probes: probes ?? [], mostBytes };
}

function begin(surface: 'public' | 'private', attack: Omit<Pipeliners, 'port'>): void {
  const workerData: Pipeliners = { ...attack, port: site.service[`${surface}Port`] };
  const worker = new Worker(new URL('./pipeliners.ts', import.meta.url), { workerData });
  onTestFinished(async () => void (await worker.terminate()));
}

/** In milliseconds, of those with this status. */
const timesOf = (answers: readonly Answer[], wanted: number) =>
  answers.filter(({ status }) => status === wanted).map(({ ms }) => ms);

test.each<[string, 'public' | 'private', Omit<Pipeliners, 'port'>]>([
  ['100 connections that never read', 'public', { connections: 100, request: NOTHING, reads: false }],
  ['300 connections that never read', 'public', { connections: 300, request: NOTHING, reads: false }],
  ['10 connections that read', 'public', { connections: 10, request: NOTHING, reads: true }],
  ['1 connection with 800 /metrics', 'private', { connections: 1, request: METRICS, reads: true, most: 800 }],
])('%s: others are served, and memory stays', { timeout: 120_000 }, async (name, surface, attack) => {
  const screens = await screensFor(ATTACK_MS);
  begin(surface, attack);
  const now = await served(ATTACK_MS, screens);
  const growth = now.mostBytes / idleBytes;
  const lines = [`${name}: memory ${growth.toFixed(2)} × ${Math.round(idleBytes / 2 ** 20)} MiB`];
  for (const [what, status] of [
    ['looks', 200],
    ['taps', 201],
    ['probes', 200],
  ] as const) {
    const [times, before] = [timesOf(now[what], status), timesOf(normal[what], status)];
    const ms = (all: readonly number[]) => `${quantile(all, 0.5).toFixed(1)} ms, ${quantile(all, 0.99).toFixed(1)} ms`;
    lines.push(`${what}: ${times.length} of ${now[what].length} served, p50, p99 ${ms(times)}; normally ${ms(before)}`);
    expect(times).toHaveLength(now[what].length);
    expect(median(times)).toBeLessThan(isWhole ? 2 * median(before) : Math.max(500, 5 * median(before)));
  }
  console.log(lines.join('\n  '));
  expect(growth).toBeLessThan(GROWS_AT_MOST);
});

test('SIGTERM during all of it: it ends in time, and has logged little of it', { timeout: 60_000 }, async () => {
  const screens = await screensFor(2000);
  begin('public', { connections: 100, request: NOTHING, reads: false });
  begin('private', { connections: 3, request: METRICS, reads: false });
  await served(2000, screens);
  const toldAt = performance.now();
  site.service.kill('SIGTERM');
  expect(await site.service.end()).toBe(0);
  expect(performance.now() - toldAt).toBeLessThan(ENDS_WITHIN_MS);
  const lines = site.service.logged('request').filter(({ route }) => route === 'none');
  expect(lines.length).toBeLessThan(LINES_IN_TEN_SECONDS * (1 + (performance.now() - startedAt) / 10_000));
});
