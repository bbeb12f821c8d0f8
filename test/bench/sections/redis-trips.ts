import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { type DelayedRedis, delayedRedis } from '../delayed-redis.ts';
import { KINDS, type Kind, newUsers, shotOf } from '../kinds.ts';
import { fire } from '../load.ts';
import { redisCalls, summed } from '../redis-calls.ts';
import { OURS, type Runner } from '../runner.ts';
import { exceed, run } from '../rounds.ts';
import { goal, table } from '../tables.ts';
import { startTwilio } from '../upstream.ts';

const DELAY_MS = 60;
const USERS = 5;
/** For what is written to Redis after the answer. */
const AFTER_ANSWER_MS = 4 * DELAY_MS;
const GOALS: Readonly<Partial<Record<Kind, number>>> = { accepted: 4, refused: 2 };

/** How often each kind of request waits for Redis before its answer, and what it asks, before and after it. */
export async function redisTrips({ contenders, redisUrl }: Bench): Promise<string> {
  const upstream = await startTwilio();
  const delayed = await delayedRedis(redisUrl, DELAY_MS);
  const rows: string[][] = [];
  for (const start of contenders) {
    const runner = await start({ upstream, redisUrl: delayed.url });
    await run(runner, 20); // Redis then has the scripts, and the sockets are open
    for (const kind of runner.kinds)
      rows.push([kind, runner.name, ...(await asked(runner, kind, { redisUrl, delayed }))]);
    await runner.process.stop();
  }
  delayed.stop();
  await upstream.stop();
  const order = Object.keys(KINDS);
  rows.sort(([one = ''], [other = '']) => order.indexOf(one) - order.indexOf(other));
  return [
    `Waits for Redis before the answer (every reply is delayed by ${DELAY_MS} ms), and commands and bytes a request, with those after the answer`,
    '',
    table(['request', 'server', 'waits', 'commands', 'bytes to Redis', 'bytes from Redis', 'goal of waits'], rows),
  ].join('\n');
}

async function asked(
  { name, url, login }: Runner,
  kind: Kind,
  { redisUrl, delayed }: { readonly redisUrl: string; readonly delayed: DelayedRedis },
): Promise<string[]> {
  const users = await newUsers(USERS, login);
  if (kind !== 'accepted')
    await fire(
      url,
      users.map(({ tap }) => tap),
      KINDS.accepted,
    );
  if (kind === 'throttled') await exceed(url, users);
  await sleep(AFTER_ANSWER_MS);
  const before = delayed.bytes();
  const times: number[] = [];
  const names = await redisCalls(redisUrl, async () => {
    for (const user of users) {
      const beganAt = performance.now();
      await fire(url, [shotOf(kind, user)], KINDS[kind]);
      times.push(performance.now() - beganAt);
    }
    await sleep(AFTER_ANSWER_MS);
  });
  const { sent, received } = delayed.bytes();
  const waits = Math.floor(Math.min(...times) / DELAY_MS); // a busy machine only makes them longer
  const bound = name === OURS ? GOALS[kind] : undefined;
  return [
    String(waits),
    summed(names, USERS),
    String(Math.round((sent - before.sent) / USERS)),
    String(Math.round((received - before.received) / USERS)),
    bound === undefined ? '' : goal(waits, '≤', bound),
  ];
}
