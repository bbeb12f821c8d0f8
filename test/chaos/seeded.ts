import { createHash } from 'node:crypto';

/** Random choices that a seed repeats. Each actor has its own, so that no one's pace changes another's choices. */
export class Seeded {
  private state: number;

  constructor(seed: string) {
    this.state = createHash('sha256').update(seed).digest().readInt32LE();
  }

  /** 0 up to and without 1 (mulberry32). */
  readonly next = (): number => {
    this.state = (this.state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** @throws when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
