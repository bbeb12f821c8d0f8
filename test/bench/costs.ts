import type { Kind } from './kinds.ts';
import { median } from './quantiles.ts';
import { BARE, type Runner } from './runner.ts';
import { type Measure, run } from './rounds.ts';

/** Kinds that the baseline does not know are compared with its cheapest one. */
const BASE: Readonly<Record<Kind, Kind>> = {
  accepted: 'accepted',
  refused: 'refused',
  replayed: 'refused',
  throttled: 'refused',
  look: 'refused',
};

/** CPU time a request, in microseconds, of every server and kind: one number a round. */
export class Costs {
  private readonly costs = new Map<string, number[]>();

  /** Takes the CPU time that the server's process spends on each kind of request. */
  measureOf({ name, process }: Pick<Runner, 'name' | 'process'>): Measure {
    return async (kind, shots, work) => {
      const before = await process.usage();
      await work();
      const { cpuMicros } = await process.usage();
      this.add(name, kind, (cpuMicros - before.cpuMicros) / shots);
    };
  }

  add(name: string, kind: Kind, micros: number): void {
    const key = `${name} ${kind}`;
    this.costs.set(key, [...(this.costs.get(key) ?? []), micros]);
  }

  /** Median over the rounds; NaN of a kind that the server does not know. */
  micros(name: string, kind: Kind): number {
    return median(this.of(name, kind));
  }

  /** Median over the rounds of the ratio within a round, so that a machine that gets slower changes nothing. */
  ratio(name: string, kind: Kind, to = BARE): number {
    const base = this.of(to, to === BARE ? BASE[kind] : kind);
    return median(this.of(name, kind).map((micros, round) => micros / (base[round] ?? Number.NaN)));
  }

  private of(name: string, kind: Kind): readonly number[] {
    return this.costs.get(`${name} ${kind}`) ?? [];
  }
}

/** Users of the runs after which what is measured is compiled code. */
const WARM_UP_USERS = [300, 500, 800];

export async function warmUp(runner: Runner, only?: readonly Kind[]): Promise<void> {
  for (const users of WARM_UP_USERS) await run(runner, users, { ...(only && { only }) });
}
