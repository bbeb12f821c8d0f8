/** So many counters over their limit are remembered; of more, the oldest is forgotten, at the price of a trip to Redis. */
const MOST = 10_000;

/**
 * What this process knows to be over its limit, until the window ends: a flood is refused from here and costs no trip,
 * and leaves no count of the credentials that it makes up.
 */
export class OverLimitNotes {
  private readonly endings = new Map<string, number>();

  /** @param now a monotonic reading, in milliseconds */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly most = MOST,
  ) {}

  /** @param endsAt when the window ends, by `now` */
  note(key: string, endsAt: number): void {
    this.endings.delete(key);
    this.endings.set(key, endsAt);
    const [oldest] = this.endings.keys();
    if (this.endings.size > this.most && oldest !== undefined) this.endings.delete(oldest);
  }

  /** @returns milliseconds until the window ends; undefined where nothing is known */
  waitMs(key: string): number | undefined {
    const endsAt = this.endings.get(key);
    if (endsAt === undefined) return undefined;
    const waitMs = endsAt - this.now();
    if (waitMs > 0) return waitMs;
    this.endings.delete(key);
    return undefined;
  }
}
