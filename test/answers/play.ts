import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy } from '../redis/tcp-proxy.js';
import { ownCorner, redisUrl } from '../support/redis.js';
import { startRig } from '../support/rig.js';
import { linesOfLog } from './log-lines.js';
import { countersOf, seriesOf } from './metrics-page.js';
import { Placeholders } from './placeholders.js';
import { type Entry, type Running, type Scenario, Scene, type Stage } from './scene.js';

/** What became of a stage. */
export interface Played {
  readonly answers: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
  /** Every series of `/metrics` at the end, without its value. */
  readonly series: readonly string[];
  /** What was counted, as far as it is not 0: `name{labels} value`. */
  readonly counters: readonly string[];
  /** What was logged: `level event: fields`. */
  readonly log: readonly string[];
}

const EVERY_SCOPE = [
  'sessions:write',
  'notifications:write',
  'state:read',
  'limits:write',
  'blocks:write',
  'audit:read',
  'controls:write',
];

/** More taps than any scenario makes: a stage that is throttled says so. */
const UNTHROTTLED = { THROTTLE_SESSION_PER_MINUTE: '10000', THROTTLE_ADDRESS_PER_MINUTE: '100000' };

/** Plays all of a stage against a service of its own. */
export async function play(stage: Stage): Promise<Played> {
  const running = await start(stage);
  try {
    const answers: Record<string, Record<string, Entry>> = {};
    for (const scenario of stage.scenarios) answers[scenario.name] = await playScenario(scenario, stage, running);
    const { page, log } = await settled(running);
    return { answers, series: seriesOf(page), counters: countersOf(page), log: linesOfLog(log) };
  } finally {
    await running.close();
  }
}

async function start({ settings: own, keys, redis }: Stage): Promise<Running & { close: () => Promise<void> }> {
  const settings = { ...UNTHROTTLED, ...own };
  const wanted = { desk: { scopes: EVERY_SCOPE }, ...keys };
  if (!redis) {
    const rig = await startRig(settings, wanted);
    return { rig, close: () => rig.close() };
  }
  const { redis: client, keyPrefix } = ownCorner();
  const way = await startProxy(Number(new URL(redisUrl()).port || 6379));
  const url = `redis://127.0.0.1:${way.port}`;
  const rig = await startRig({ REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix, ...settings }, wanted);
  const close = async () => {
    await rig.close();
    await way.close();
    client.disconnect();
  };
  return { rig, redis: { client, keyPrefix, way }, close };
}

async function playScenario({ steps }: Scenario, { time = 'test', redis }: Stage, running: Running) {
  const { now } = await running.rig.simulate<{ now: string }>('GET', '/clock');
  const scene = new Scene(running, new Placeholders(redis ? 'real' : time, Date.parse(now)));
  for (const step of steps) await step.play(scene);
  return Object.fromEntries(scene.entries);
}

/** A request is counted and logged when its answer has gone out, which may be after it was read here. */
async function settled({ rig }: Running): Promise<{ page: string; log: string }> {
  for (let before = ''; ; await sleep(50)) {
    const log = rig.logged();
    if (log === before) return { page: (await rig.ops.get('/metrics')).text, log };
    before = log;
  }
}
