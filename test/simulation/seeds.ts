/**
 * What the environment asks for: `SIMULATION_SEEDS=100000` plays so many seeds in all, `SIMULATION_SEED=17` one of
 * them, with every step printed.
 */
import { expect } from 'vitest';
import { type Figures, figuresInWords } from './figures.js';
import { type Options, play, playAll } from './simulation.js';

const { SIMULATION_SEEDS: inAll = '2000', SIMULATION_SEED: only } = process.env;

/** Plays this share of all seeds, and fails with the first history in which something did not hold, step by step. */
export async function expectNoViolation(share: number, options: Options): Promise<Figures> {
  if (only !== undefined) return expectHistory(Number(only), options);
  const count = Math.ceil(Number(inAll) * share);
  const { figures, broken } = await playAll(
    Array.from({ length: count }, (_, index) => index + 1),
    options,
  );
  const [first] = broken;
  if (first) {
    console.log(`Not held in ${broken.length} of ${count}: ${broken.map(({ seed }) => seed).join(', ')}`);
    await expectHistory(first.seed, options);
  }
  console.log(figuresInWords(figures));
  return figures;
}

async function expectHistory(seed: number, options: Options): Promise<Figures> {
  const { lines, violations, figures } = await play(seed, options, true);
  console.log(lines.join('\n'));
  const [violation] = violations;
  if (violation) expect.fail(`${violation.invariant}: ${violation.what}. Play it again with SIMULATION_SEED=${seed}`);
  return figures;
}
