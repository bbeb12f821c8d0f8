import { KINDS, newUsers, type Kind, SESSION_TAPS_PER_MINUTE, shotOf, type User } from './kinds.ts';
import { fire } from './load.ts';
import type { Runner } from './runner.ts';

/** Of the users of a run, the part that goes over the limit of raw taps. */
const THROTTLED_PART = 0.1;
/** Shots of each user and kind in a run. */
const TIMES: Readonly<Record<Kind, number>> = { accepted: 1, replayed: 4, refused: 4, throttled: 20, look: 4 };

/** Called around the shots of one kind: does what it is given, and takes the measure of it. */
export type Measure = (kind: Kind, shots: number, work: () => Promise<void>) => Promise<void>;

const unmeasured: Measure = (_kind, _shots, work) => work();

/** For each of `count` new users: an accepted tap, then the other kinds that the server knows. */
export async function run(
  { url, kinds, login }: Runner,
  count: number,
  { measure = unmeasured, only = kinds }: { readonly measure?: Measure; readonly only?: readonly Kind[] } = {},
): Promise<void> {
  const users = await newUsers(count, login);
  for (const kind of kinds.filter((one) => only.includes(one))) {
    const chosen = kind === 'throttled' ? users.slice(0, Math.ceil(count * THROTTLED_PART)) : users;
    if (kind === 'throttled') await exceed(url, chosen);
    const shots = Array.from({ length: TIMES[kind] }, () => chosen.map((user) => shotOf(kind, user))).flat();
    await measure(kind, shots.length, () => fire(url, shots, KINDS[kind]));
  }
}

/** Taps until the sessions are over their limit. */
export async function exceed(url: string, users: readonly User[]): Promise<void> {
  const shots = users.map((user) => shotOf('throttled', user));
  for (let tap = 0; tap < SESSION_TAPS_PER_MINUTE; tap++) await fire(url, shots, { status: 429 });
}

/**
 * Runs all servers in turns until there are `rounds`, or the time is over. Each round starts with another one: none is
 * always the first, or always after the same one.
 * @returns the number of rounds
 */
export async function inTurns<One>(
  all: readonly One[],
  { rounds, budgetMs }: { readonly rounds: number; readonly budgetMs: number },
  turn: (one: One) => Promise<void>,
): Promise<number> {
  const endsAt = performance.now() + budgetMs;
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && performance.now() > endsAt) return round;
    const first = round % all.length;
    for (const one of [...all.slice(first), ...all.slice(0, first)]) await turn(one);
  }
  return rounds;
}
