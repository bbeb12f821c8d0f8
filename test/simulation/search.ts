/** What can happen next, in words, and what it leads to. */
export type Next<State> = readonly [step: string, state: State];

export interface Search<State> {
  readonly first: State;
  readonly steps: (state: State) => Iterable<Next<State>>;
  /** The invariants that a state breaks. */
  readonly notHeld: (state: State) => Iterable<string>;
}

export interface Found {
  readonly states: number;
  /** The shortest way to each invariant that does not hold. */
  readonly broken: ReadonlyMap<string, readonly string[]>;
}

interface Origin {
  readonly from?: string;
  readonly step: string;
}

/** Goes everywhere. Breadth first, so that the first way found to a state is a shortest one. */
export function search<State>({ first, steps, notHeld }: Search<State>): Found {
  const cameFrom = new Map<string, Origin>([[nameOf(first), { step: 'begin' }]]);
  const broken = new Map<string, readonly string[]>();
  let frontier = [first];
  while (frontier.length > 0) {
    const found: State[] = [];
    for (const state of frontier) {
      const from = nameOf(state);
      for (const invariant of notHeld(state)) {
        if (!broken.has(invariant)) broken.set(invariant, wayTo(from, cameFrom));
      }
      for (const [step, next] of steps(state)) {
        const name = nameOf(next);
        if (cameFrom.has(name)) continue;
        cameFrom.set(name, { from, step });
        found.push(next);
      }
    }
    frontier = found;
  }
  return { states: cameFrom.size, broken };
}

function nameOf(state: unknown): string {
  return JSON.stringify(state);
}

function wayTo(name: string, cameFrom: ReadonlyMap<string, Origin>): string[] {
  const way: string[] = [];
  for (let at: string | undefined = name; at !== undefined; at = cameFrom.get(at)?.from) {
    way.unshift(cameFrom.get(at)?.step ?? '');
  }
  return way;
}
