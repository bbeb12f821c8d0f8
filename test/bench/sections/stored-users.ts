import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Bench } from '../bench.ts';
import { keepApart } from '../cores.ts';
import { Costs, warmUp } from '../costs.ts';
import { KINDS, type Kind, newUsers } from '../kinds.ts';
import { fire } from '../load.ts';
import { redisCpuMicros } from '../redis-cpu.ts';
import { type Measure, inTurns, run } from '../rounds.ts';
import type { Runner } from '../runner.ts';
import { goal, ratio, table } from '../tables.ts';
import { startTwilio } from '../upstream.ts';

const LEVELS = [1000, 10_000, 100_000, 1_000_000];
const USERS = 300;
const MEASURED: readonly Kind[] = ['accepted', 'refused', 'look'];
const GOAL_BYTES = 500;
const GOAL_FLAT = 1.1;

/**
 * Bytes of Redis a user, and what a request costs the service and Redis while so many users are stored. Each number of
 * users has a database of its own, which takes its turn as the one that the service uses (SWAPDB): the processes are the
 * same for all.
 */
export async function storedUsers({ ours, redisUrl, redisPid }: Bench): Promise<string> {
  const upstream = await startTwilio();
  const service = await ours({ upstream, redisUrl });
  const redis = new Redis(redisUrl);
  const one = await stateOfOne(service, redis);
  const before = await usedMemory(redis);
  for (const [index, level] of LEVELS.entries()) await fill(redis, one, { db: index + 1, users: level });
  const stored = LEVELS.reduce((sum, level) => sum + level);
  const bytes = ((await usedMemory(redis)) - before) / stored;
  await redis.flushdb();
  const together = keepApart([service.process.pid], [redisPid, upstream.pid, process.pid]);
  await warmUp(service, MEASURED);

  const costs = new Costs();
  const databases = LEVELS.map((level, index) => ({ level, db: index + 1 }));
  const rounds = await inTurns(databases, { rounds: 12, budgetMs: 40_000 }, async ({ level, db }) => {
    await redis.swapdb(0, db);
    await run(service, USERS, { measure: bothOf(costs, level, service, redis), only: MEASURED });
    await redis.swapdb(0, db);
  });
  together();
  redis.disconnect();
  await Promise.all([service.process.stop(), upstream.stop()]);

  const [fewest = 0] = LEVELS;
  const cell = (level: number, kind: Kind) => {
    const whole = ratio(costs.ratio(`${level}`, kind, `${fewest}`));
    return `${whole} (${ratio(costs.ratio(`${level} redis`, kind, `${fewest} redis`))})`;
  };
  const goalOf = (level: number) =>
    level === fewest
      ? ''
      : goal(Math.max(...MEASURED.map((kind) => costs.ratio(`${level}`, kind, `${fewest}`))), '≤', GOAL_FLAT);
  const rowOf = (level: number) => [
    level.toLocaleString('en'),
    ...MEASURED.map((kind) => cell(level, kind)),
    goalOf(level),
  ];
  return [
    `Bytes of Redis a user: ledger ${one.ledger.bytes} (goal ${goal(one.ledger.bytes, '≤', GOAL_BYTES)}), session ${one.session.bytes}, audit events ${one.auditBytes}.`,
    `Ledger and session of ${stored.toLocaleString('en')} users took ${Math.round(bytes)} bytes a user, with Redis's own tables.`,
    '',
    `CPU time a request, of the service and of Redis together (of Redis alone), relative to ${fewest} users; ${rounds} rounds of ${USERS} users`,
    '',
    table(
      ['users stored', ...MEASURED, 'goal'],
      LEVELS.map((level) => rowOf(level)),
    ),
  ].join('\n');
}

interface Stored {
  readonly key: string;
  readonly bytes: number;
}

interface StateOfOne {
  readonly ledger: Stored;
  readonly session: Stored;
  readonly auditBytes: number;
}

/** What Redis keeps of a user who has signed in and got one resend; without the counters of a minute. */
async function stateOfOne({ url, login }: Runner, redis: Redis): Promise<StateOfOne> {
  const users = await newUsers(1, login);
  await fire(
    url,
    users.map(({ tap }) => tap),
    KINDS.accepted,
  );
  await sleep(500); // the audit is written after the answer
  const keys = await redis.keys('*');
  const stored = async (pattern: RegExp): Promise<Stored> => {
    const key = keys.find((one) => pattern.test(one));
    if (key === undefined) throw new Error(`no key of one user matches ${pattern.source}`);
    return { key, bytes: (await redis.memory('USAGE', key)) ?? 0 };
  };
  return {
    ledger: await stored(/\{[\w-]{22}\}$/),
    session: await stored(/session:[0-9a-f]{32}$/),
    auditBytes: (await stored(/\{[\w-]{22}\}:audit$/)).bytes,
  };
}

/** Copies of a user under keys of the same length. A step at a time, so that Redis goes on answering. */
const FILL = `
local ledger = string.gsub(KEYS[1], '{.*', '{')
local session = string.sub(KEYS[2], 1, -33)
for user = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  redis.call('COPY', KEYS[1], string.format('%s%022d}', ledger, user), 'DB', ARGV[1])
  redis.call('COPY', KEYS[2], string.format('%s%032d', session, user), 'DB', ARGV[1])
end`;
const STEP = 10_000;

async function fill(
  redis: Redis,
  { ledger, session }: StateOfOne,
  { db, users: count }: { readonly db: number; readonly users: number },
): Promise<void> {
  for (let from = 1; from <= count; from += STEP) {
    const to = Math.min(count, from + STEP - 1);
    await redis.eval(FILL, 2, ledger.key, session.key, db, from, to);
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

/** Takes the CPU time a request of Redis, and of Redis and the service together. */
function bothOf(costs: Costs, level: number, service: Runner, redis: Redis): Measure {
  return async (kind, shots, work) => {
    const before = [(await service.process.usage()).cpuMicros, await redisCpuMicros(redis)] as const;
    await work();
    const byService = (await service.process.usage()).cpuMicros - before[0];
    const byRedis = (await redisCpuMicros(redis)) - before[1];
    costs.add(`${level} redis`, kind, byRedis / shots);
    costs.add(`${level}`, kind, (byService + byRedis) / shots);
  };
}
