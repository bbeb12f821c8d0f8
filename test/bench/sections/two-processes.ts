import { availableParallelism } from 'node:os';
import { Redis } from 'ioredis';
import type { Bench } from '../bench.ts';
import { Costs, warmUp } from '../costs.ts';
import { KINDS, type Kind, newUsers, shotOf } from '../kinds.ts';
import { fire } from '../load.ts';
import { redisCpuMicros } from '../redis-cpu.ts';
import { inTurns } from '../rounds.ts';
import { goal, ratio, table } from '../tables.ts';
import { startTwilio } from '../upstream.ts';

const USERS = 400;
const MEASURED: readonly Kind[] = ['accepted', 'refused', 'look'];
const GOAL = 1.8;
/** Two processes, Redis, the upstream and the load need a core each, or they take it from one another. */
const ENOUGH_CORES = 6;

/**
 * Two processes of the service behind one Redis, compared with one. On a small machine they compete for the cores, so
 * what counts there is what sharing a Redis adds to a request: with a core for each, two processes do twice as much,
 * divided by that.
 */
export async function twoProcesses({ ours, redisUrl }: Bench): Promise<string> {
  const upstream = await startTwilio();
  const services = [await ours({ upstream, redisUrl }), await ours({ upstream, redisUrl })];
  const redis = new Redis(redisUrl);
  for (const service of services) await warmUp(service, MEASURED);

  const costs = new Costs();
  const rounds = await inTurns([1, 2], { rounds: 12, budgetMs: 40_000 }, async (count) => {
    const used = services.slice(0, count);
    const users = (await Promise.all(used.map(({ login }) => newUsers(USERS / count, login)))).flat();
    for (const kind of MEASURED) {
      const shots = users.map((user) => shotOf(kind, user));
      const parts = used.map((_, part) => shots.filter((_shot, index) => index % count === part));
      const cpu = () => Promise.all(used.map(async ({ process }) => (await process.usage()).cpuMicros));
      const [before, redisBefore, beganAt] = [await cpu(), await redisCpuMicros(redis), performance.now()];
      await Promise.all(used.map(({ url }, part) => fire(url, parts[part] ?? [], KINDS[kind])));
      const elapsedMicros = (performance.now() - beganAt) * 1000;
      const byRedis = (await redisCpuMicros(redis)) - redisBefore;
      const byServices = (await cpu()).reduce((sum, micros, index) => sum + micros - (before[index] ?? 0), 0);
      costs.add(`${count} elapsed`, kind, elapsedMicros / shots.length);
      costs.add(`${count} services`, kind, byServices / shots.length);
      costs.add(`${count} redis`, kind, byRedis / shots.length);
    }
  });
  redis.disconnect();
  await Promise.all([...services.map(({ process }) => process.stop()), upstream.stop()]);

  const cores = availableParallelism();
  const rows = MEASURED.map((kind) => {
    const throughput = 1 / costs.ratio('2 elapsed', kind, '1 elapsed');
    const cpu = costs.ratio('2 services', kind, '1 services');
    const ofRedis = costs.ratio('2 redis', kind, '1 redis');
    const carried = costs.micros('2 services', kind) / costs.micros('2 redis', kind);
    const result = cores >= ENOUGH_CORES ? throughput : Math.min(2, carried) / cpu;
    const told = goal(result, '≥', GOAL);
    return [kind, ratio(throughput), ratio(cpu), ratio(ofRedis), ratio(2 / cpu), carried.toFixed(1), told];
  });
  return [
    `Two processes behind one Redis, relative to one; ${rounds} rounds of ${USERS} users on ${cores} cores`,
    '',
    table(
      [
        'request',
        `throughput on these ${cores} cores`,
        'CPU a request, service',
        'CPU a request, Redis',
        'throughput with a core for each',
        'processes that one Redis carries',
        'goal',
      ],
      rows,
    ),
  ].join('\n');
}
