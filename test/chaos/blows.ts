import type { Seeded } from './seeded.js';

/** Something that breaks from outside, at a moment of the storm. */
export type Blow = { readonly atMs: number } & (
  | { readonly kind: 'redis-stall' | 'redis-swallow'; readonly forMs: number }
  /** Every reply comes so much later. */
  | { readonly kind: 'redis-slow'; readonly forMs: number; readonly byMs: number }
  | { readonly kind: 'redis-reset' | 'redis-crash' }
  /** As soon as a request has been under way for `midwayMs`, so that it is cut off half-way. */
  | { readonly kind: 'instance-crash'; readonly instance: number; readonly midwayMs: number }
  | { readonly kind: 'instance-pause'; readonly instance: number; readonly forMs: number }
);

/** What a storm is made of. */
const STORM = [
  'redis-stall',
  'redis-swallow',
  'redis-swallow',
  'redis-reset',
  'redis-reset',
  'redis-crash',
  'instance-crash',
  'instance-crash',
  'instance-crash',
  'instance-pause',
] as const satisfies readonly Blow['kind'][];

/**
 * The seed's plan of what breaks when. Kinds come as from a deck that is shuffled again when it is used up.
 * @param pause from one blow to the next, in milliseconds
 */
export function plannedBlows(
  random: Seeded,
  durationMs: number,
  instances: number,
  kinds: readonly Blow['kind'][] = STORM,
  [shortestMs, longestMs]: readonly [number, number] = [300, 1300],
): Blow[] {
  const blows: Blow[] = [];
  let deck: Blow['kind'][] = [];
  for (let atMs = random.between(300, 800); atMs < durationMs; atMs += random.between(shortestMs, longestMs)) {
    if (deck.length === 0) deck = [...kinds];
    const kind = random.pick(deck);
    deck.splice(deck.indexOf(kind), 1);
    const instance = random.between(0, instances - 1);
    switch (kind) {
      case 'redis-stall':
        blows.push({ atMs, kind, forMs: random.between(300, 600) });
        break;
      case 'redis-swallow':
        blows.push({ atMs, kind, forMs: random.between(50, 300) });
        break;
      case 'redis-slow':
        blows.push({ atMs, kind, forMs: random.between(500, 3000), byMs: random.between(5, 60) });
        break;
      case 'redis-reset':
      case 'redis-crash':
        blows.push({ atMs, kind });
        break;
      case 'instance-crash':
        blows.push({ atMs, kind, instance, midwayMs: random.between(20, 250) });
        break;
      case 'instance-pause':
        blows.push({ atMs, kind, instance, forMs: random.between(300, 2500) });
        break;
      default:
        kind satisfies never;
    }
  }
  return blows;
}
