import { keepApart } from '../cores.ts';
import { Costs, warmUp } from '../costs.ts';
import type { Kind } from '../kinds.ts';
import { OURS, type Runner } from '../runner.ts';
import { inTurns, run } from '../rounds.ts';
import { goal, ratio, table } from '../tables.ts';
import { startTwilio } from '../upstream.ts';
import type { Bench } from '../bench.ts';

const USERS = 400;
const PLAIN: readonly Kind[] = ['accepted', 'refused', 'replayed', 'throttled', 'look'];
/** The upper bounds of the service, relative to bare, and to L. */
const GOALS: Readonly<Partial<Record<Kind, number>>> = { accepted: 1.6, refused: 2, look: 1.8 };
const GOAL_TO_L = 1.25;

/** CPU time a request of every server under a closed loop of 32 connections, relative to bare. */
export async function saturation(bench: Bench): Promise<string> {
  const plain = await measured(bench, { tls: false, rounds: 15, budgetMs: 130_000 });
  const tls = await measured(bench, { tls: true, rounds: 11, budgetMs: 40_000 });
  return [
    `CPU time a request relative to bare (microseconds); ${plain.rounds} rounds of ${USERS} users, with TLS ${tls.rounds}`,
    '',
    table(
      ['request', ...plain.names, 'goal of Push Resend'],
      [...PLAIN.map((kind) => row(kind, kind, plain)), row('accepted, TLS to Twilio', 'accepted', tls)],
    ),
  ].join('\n');
}

interface Measured {
  readonly names: readonly string[];
  readonly costs: Costs;
  readonly rounds: number;
}

async function measured(
  { contenders, redisUrl, redisPid }: Bench,
  { tls, rounds, budgetMs }: { readonly tls: boolean; readonly rounds: number; readonly budgetMs: number },
): Promise<Measured> {
  const upstream = await startTwilio({ tls });
  const runners: Runner[] = [];
  for (const start of contenders) runners.push(await start({ upstream, redisUrl }));
  const together = keepApart(
    runners.map(({ process: server }) => server.pid),
    [redisPid, upstream.pid, process.pid],
  );
  const only = tls ? (['accepted'] as const) : PLAIN;
  for (const runner of runners) await warmUp(runner, only);
  const costs = new Costs();
  const done = await inTurns(runners, { rounds, budgetMs }, (runner) =>
    run(runner, USERS, { measure: costs.measureOf(runner), only }),
  );
  together();
  await Promise.all([...runners.map(({ process: server }) => server.stop()), upstream.stop()]);
  return { names: runners.map(({ name }) => name), costs, rounds: done };
}

function row(title: string, kind: Kind, { names, costs }: Measured): string[] {
  const cell = (name: string) => {
    const micros = costs.micros(name, kind);
    return Number.isNaN(micros) ? '' : `${ratio(costs.ratio(name, kind))} (${Math.round(micros)})`;
  };
  return [title, ...names.map(cell), goalsOf(kind, costs)];
}

function goalsOf(kind: Kind, costs: Costs): string {
  const bound = GOALS[kind];
  const toPeer = costs.ratio(OURS, kind, 'peer');
  return [
    bound === undefined ? '' : goal(costs.ratio(OURS, kind), '≤', bound),
    kind === 'accepted' ? `of L ${goal(costs.ratio(OURS, kind, 'L'), '≤', GOAL_TO_L)}` : '',
    Number.isNaN(toPeer) ? '' : `of the peer ${ratio(toPeer)}, ${goal(toPeer, '≤', 1)}`,
  ]
    .filter((text) => text !== '')
    .join('; ');
}
