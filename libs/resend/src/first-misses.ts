import { setNewest } from './set-newest.js';

/** Number of remembered first misses. A forgotten one only gets another chance. */
const MOST = 1000;

/**
 * Twilio can briefly report an existing Challenge as unknown. So for a Challenge that it knew before, the first miss
 * does not count, but another one does, some time later.
 *
 * Each instance remembers separately. If different instances miss the Challenge in turn, it is fetched more often than
 * necessary; it ends at its expiry in any case.
 */
export class FirstMisses {
  readonly #at = new Map<string, number>();

  /**
   * @param againMs how long after the first miss another one counts, in milliseconds
   * @param now a monotonic clock in milliseconds
   */
  constructor(
    private readonly againMs: number,
    private readonly now: () => number,
  ) {}

  /** @returns whether this miss confirms an earlier one; a first one is remembered */
  isConfirmed(identity: string, challengeSid: string): boolean {
    const key = keyOf(identity, challengeSid);
    const first = this.#at.get(key);
    if (first === undefined) setNewest(this.#at, key, this.now(), MOST);
    return first !== undefined && this.now() - first >= this.againMs;
  }

  /** Twilio knows the Challenge again. */
  forget(identity: string, challengeSid: string): void {
    if (this.#at.size > 0) this.#at.delete(keyOf(identity, challengeSid));
  }
}

function keyOf(identity: string, challengeSid: string): string {
  return `${identity} ${challengeSid}`;
}
