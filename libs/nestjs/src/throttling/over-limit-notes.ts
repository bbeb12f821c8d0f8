import { setNewest } from '@resend/set-newest.js';

/** Number of notes kept. Beyond it the oldest is dropped, which costs one round trip to Redis. */
const MOST = 10_000;

/**
 * Counters that this process knows to be over their limit, until their window ends. A flood is refused from memory: it
 * costs no round trip to Redis, and creates no counters for invented credentials.
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
    setNewest(this.endings, key, endsAt, this.most);
  }

  /** @returns milliseconds until the window ends; undefined without a note */
  waitMs(key: string): number | undefined {
    const endsAt = this.endings.get(key);
    if (endsAt === undefined) return undefined;
    const waitMs = endsAt - this.now();
    if (waitMs > 0) return waitMs;
    this.endings.delete(key);
    return undefined;
  }
}
