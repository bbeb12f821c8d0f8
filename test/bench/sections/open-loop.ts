import type { Bench } from '../bench.ts';
import { Contender } from '../contender.ts';
import { warmUp } from '../costs.ts';
import { newUsers, shotOf } from '../kinds.ts';
import type { Shot } from '../load.ts';
import type { Plan } from '../open-loop.ts';
import { programPath } from '../programs.ts';
import { median, quantile } from '../quantiles.ts';
import { inTurns } from '../rounds.ts';
import { BARE, OURS, type Runner } from '../runner.ts';
import { goal, ratio, table } from '../tables.ts';
import { startTwilio, type Upstream } from '../upstream.ts';

const PER_SECOND = 300;
const SECONDS = 4;
const DELAY_MS = 50;
const GOAL_P99 = 1.3;
const UPSTREAM = 'upstream alone';

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** What a server adds to the latency of Twilio's two answers, at a constant rate of taps that send. */
export async function openLoop({ contenders, redisUrl }: Bench): Promise<string> {
  const upstream = await startTwilio({ tls: true, delayMs: DELAY_MS });
  const runners: Runner[] = [];
  for (const start of contenders) runners.push(await start({ upstream, redisUrl }));
  for (const runner of runners) await warmUp(runner, ['accepted']);
  const generator = new Contender(programPath('open-loop'), {});

  const taken = new Map<string, Latency[]>();
  const take = async (name: string, plan: Pick<Plan, 'url' | 'ca' | 'journeys'>) => {
    const latencies = (await generator.ask({ ...plan, perSecond: PER_SECOND, status: 201 })) as number[];
    const latency = { p50: median(latencies), p99: quantile(latencies, 0.99) };
    taken.set(name, [...(taken.get(name) ?? []), latency]);
  };
  const rounds = await inTurns([undefined, ...runners], { rounds: 3, budgetMs: 100_000 }, async (runner) => {
    if (!runner) return take(UPSTREAM, alone(upstream));
    const users = await newUsers(PER_SECOND * SECONDS, runner.login);
    await take(runner.name, { url: runner.url, journeys: users.map((user) => [shotOf('accepted', user)]) });
  });
  await Promise.all([generator.stop(), ...runners.map(({ process }) => process.stop()), upstream.stop()]);

  const of = (name: string, which: keyof Latency) => median((taken.get(name) ?? []).map((latency) => latency[which]));
  const base = of(UPSTREAM, 'p50');
  const added = (name: string, which: keyof Latency) => of(name, which) - base;
  const rows = runners.map(({ name }) => {
    const times = added(name, 'p99') / added(BARE, 'p99');
    const told = name === OURS ? goal(times, '≤', GOAL_P99) : '';
    return [name, added(name, 'p50').toFixed(1), added(name, 'p99').toFixed(1), ratio(times), told];
  });
  return [
    `Milliseconds added to the upstream, ${PER_SECOND} taps a second for ${SECONDS} s, medians of ${rounds} rounds.`,
    `The upstream over TLS: ${DELAY_MS} ms for each of the two calls, ${base.toFixed(1)} ms in all, median; alone p99 +${added(UPSTREAM, 'p99').toFixed(1)}.`,
    '',
    table(['server', 'added p50', 'added p99', 'added p99 relative to bare', 'goal'], rows),
  ].join('\n');
}

/** The two calls of a tap, straight to the upstream. */
function alone({ url, ca }: Upstream): Pick<Plan, 'url' | 'ca' | 'journeys'> {
  const path = `/v2/Services/VA${'0'.repeat(32)}/Entities/user-0123456789abcdef/Challenges/YC${'0'.repeat(32)}`;
  const journey: readonly Shot[] = [
    { method: 'GET', path, headers: {} },
    { method: 'POST', path: `${path}/Notifications`, headers: {} },
  ];
  const journeys = Array.from({ length: PER_SECOND * SECONDS }, () => journey);
  return { url, journeys, ...(ca !== undefined && { ca }) };
}
