import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from '../../support/free-port.ts';
import type { Bench } from '../bench.ts';
import { newUsers } from '../kinds.ts';
import type { Shot } from '../load.ts';
import { median } from '../quantiles.ts';
import { inTurns, run } from '../rounds.ts';
import { OURS, type Runner, type Start } from '../runner.ts';
import { goal, ratio, table } from '../tables.ts';
import { startTwilio } from '../upstream.ts';

const GOAL_START = 2.6;
const GOAL_IDLE = 1.5;
const LOADS = [500, 500, 500, 500];
const PATIENCE_MS = 60_000;

interface Contestant {
  readonly start: Start;
  /** A process that is already there: it makes the sessions. */
  readonly resident: Runner;
  readonly startsMs: number[];
  readonly idleBytes: number[];
}

/** From the start of a process to its first 201, and its memory: idle, and after load. */
export async function startAndMemory({ contenders, redisUrl }: Bench): Promise<string> {
  const upstream = await startTwilio();
  const all: Contestant[] = [];
  for (const start of contenders) {
    all.push({ start, resident: await start({ upstream, redisUrl }), startsMs: [], idleBytes: [] });
  }
  const rounds = await inTurns(all, { rounds: 7, budgetMs: 40_000 }, async (one) => {
    const [user] = await newUsers(1, one.resident.login);
    if (!user) throw new Error('no user');
    const port = await freePort();
    const beganAt = performance.now();
    const [runner, answeredAt] = await Promise.all([
      one.start({ upstream, redisUrl, port }),
      firstAnswer(`http://127.0.0.1:${port}`, user.tap),
    ]);
    one.startsMs.push(answeredAt - beganAt);
    await sleep(300);
    one.idleBytes.push((await runner.process.usage()).rssBytes);
    await runner.process.stop();
  });
  const loaded: number[] = [];
  for (const { resident } of all) {
    for (const users of LOADS) await run(resident, users);
    loaded.push((await resident.process.usage()).rssBytes);
  }
  await Promise.all([...all.map(({ resident }) => resident.process.stop()), upstream.stop()]);

  const [bare] = all;
  const rows = all.map(({ resident: { name }, startsMs, idleBytes }, index) => {
    const [startMs, idle, load] = [median(startsMs), median(idleBytes), loaded[index] ?? Number.NaN];
    const times = {
      start: startMs / median(bare?.startsMs ?? []),
      idle: idle / median(bare?.idleBytes ?? []),
      load: load / (loaded[0] ?? Number.NaN),
    };
    const goals = `start ${goal(times.start, '≤', GOAL_START)}; idle ${goal(times.idle, '≤', GOAL_IDLE)}`;
    return [
      name,
      `${ratio(times.start)} (${Math.round(startMs)} ms)`,
      `${ratio(times.idle)} (${mebibytes(idle)})`,
      `${ratio(times.load)} (${mebibytes(load)})`,
      name === OURS ? goals : '',
    ];
  });
  return [
    `Start to the first 201 and resident memory, relative to bare; medians of ${rounds} alternating starts`,
    '',
    table(['server', 'start to first 201', 'idle after it', `after ${sum(LOADS)} users`, 'goals'], rows),
  ].join('\n');
}

/** Taps until it is a 201. @returns when that was, a reading of `performance.now()` */
async function firstAnswer(url: string, { method, path, headers }: Shot): Promise<number> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    const status = await request(url + path, { method, headers }).then(
      async ({ statusCode, body }) => body.dump().then(() => statusCode),
      () => undefined, // it does not listen yet
    );
    if (status === 201) return performance.now();
    await sleep(2);
  }
  throw new Error(`no 201 from ${url} within a minute of its start`);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
