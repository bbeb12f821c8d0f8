import { setNewest } from './set-newest.js';

/** Number of Challenges whose first miss is remembered. A forgotten one only gets another chance. */
const MOST = 1000;

/**
 * Twilio can say for a moment that it does not know a Challenge that exists. So of a Challenge that it has just known,
 * the first miss does not count; another one does, some time later.
 *
 * Each instance remembers for itself. If different instances miss the Challenge in turn, it is asked for more often than
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

  /** @returns whether the miss of now confirms an earlier one; if it is the first one, it is remembered */
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
