import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';

/** Which part of all inputs each file gets, in percent. Requests take some hundred times as long as parsers. */
export const SHARES = {
  credentials: 25,
  http: 27,
  twilio: 15,
  stored: 10,
  settings: 10,
  client: 10,
  requests: 3,
} as const;

/** Each slow target gets this part of what another one of its file gets. */
const SLOW = 0.2;

/** An input takes at most this long on a machine that does other things as well, in milliseconds. */
const LONGEST_MS = 60;

/**
 * What the environment asks for: `FUZZ_INPUTS=1000000` makes so many in all, and `FUZZ_SEED=17` makes the same ones again,
 * whatever their number.
 */
const { FUZZ_INPUTS = '100000', FUZZ_SEED } = process.env;
export const inputsInAll = Number(FUZZ_INPUTS);
export const seed = FUZZ_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(FUZZ_SEED);

/** What holds for any input, by a sentence. */
export type Targets = Readonly<Record<string, fc.IRawProperty<unknown>>>;

export function shareOf(file: keyof typeof SHARES): number {
  return Math.ceil((inputsInAll * SHARES[file]) / 100);
}

/**
 * Makes a test of each target. Together they get the file's share of the inputs, and a last test counts them. None may
 * leave anything behind in what all objects inherit.
 *
 * @param slow targets that need a file or a server for each input
 */
export function fuzz(file: keyof typeof SHARES, targets: Targets, slow: Targets = {}): void {
  const share = shareOf(file);
  const parts = Object.keys(targets).length + Object.keys(slow).length * SLOW;
  const inherited = inheritedByAll();
  let checked = 0;
  console.log(`fuzz ${file}: ${share} inputs, FUZZ_SEED=${seed}`);
  afterEach(() => expect(inheritedByAll()).toEqual(inherited));

  for (const [sentence, property] of Object.entries({ ...targets, ...slow })) {
    const inputs = Math.ceil((share / parts) * (sentence in slow ? SLOW : 1));
    test(`${sentence} (${inputs} inputs)`, { timeout: Math.max(60_000, inputs * LONGEST_MS) }, async () => {
      const run = await fc.check(property, { seed, numRuns: inputs, includeErrorInReport: true });
      checked += run.numRuns;
      if (run.failed) expect.fail((await fc.asyncDefaultReportMessage(run)) ?? 'interrupted');
    });
  }

  test(`that is ${share} inputs in all`, () => {
    expect(checked).toBeGreaterThanOrEqual(share);
  });
}

function inheritedByAll(): string[] {
  return [Object, Array, Function, String].flatMap(({ prototype }) => Reflect.ownKeys(prototype).map(String));
}
