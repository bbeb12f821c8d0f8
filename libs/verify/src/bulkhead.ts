import type { SlotUse } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';

/** How many calls to Twilio may be in flight, and how many more may wait. */
export interface BulkheadOptions {
  /** Slots. */
  readonly limit: number;
  /** Length of the queue; 0 refuses as soon as all slots are taken. */
  readonly maxWaiting: number;
  /** Maximum wait in the queue, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Slots that one user may hold: fewer for looks. The ledger lets only one tap at a time go on to Twilio. */
const PER_USER: Readonly<Record<SlotUse, number>> = { tap: 5, webhook: 5, look: 3 };
/** Length of one user's share of the queue. */
const WAITING_PER_USER = 32;
/** `Retry-After` for a user who exceeds that, in milliseconds. */
const COME_BACK_MS = 1000;

interface Caller {
  readonly user: string;
  readonly use: SlotUse;
}
interface Waiter extends Caller {
  readonly enter: () => void;
  readonly refuse: () => void;
}

/**
 * Limits concurrent calls to Twilio: a number of slots and a short queue. Looks come last; otherwise first come, first
 * served. A user at the maximum waits for one of their own slots, even if others are free.
 */
export class Bulkhead {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  readonly #waiting = new Set<Waiter>();
  /** Number of slots that each user holds. */
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor({ limit, maxWaiting, maxWaitMs }: BulkheadOptions) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * @returns a slot, held until it is disposed of
   * @throws Refusal after too long a wait or when the queue is full: `too-many-requests` if the user holds too many
   * slots, otherwise `overloaded`
   */
  async acquire(user: string, use: SlotUse): Promise<Disposable> {
    const caller = { user, use };
    if (this.#hasRoom(caller)) this.#take(user);
    else await this.#queue(caller);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#release(user);
        isHeld = false;
      },
    };
  }

  #hasRoom(caller: Caller): boolean {
    return this.#taken < this.#limit && !this.#holdsTooMany(caller);
  }

  #holdsTooMany({ user, use }: Caller): boolean {
    return (this.#held.get(user) ?? 0) >= PER_USER[use];
  }

  /** Resolves when a slot has been taken for this caller. */
  #queue(caller: Caller): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = () => {
      this.#waiting.delete(waiter);
      clearTimeout(timer);
      reject(this.#holdsTooMany(caller) ? tooMany() : new Refusal('overloaded'));
    };
    const enter = () => {
      this.#waiting.delete(waiter);
      clearTimeout(timer);
      resolve();
    };
    const waiter: Waiter = { ...caller, enter, refuse };
    const timer = setTimeout(refuse, this.#maxWaitMs);
    this.#waiting.add(waiter);
    if (this.#waitingOf(caller.user) > WAITING_PER_USER) refuse();
    else if (this.#waiting.size > this.#maxWaiting) this.#lastInLine(waiter).refuse();
    return promise;
  }

  /** Who leaves a full queue: a user at the maximum, or a look that makes room for a tap. */
  #lastInLine(newcomer: Waiter): Waiter {
    const line = [...this.#waiting];
    const greedy = line.findLast((waiter) => this.#holdsTooMany(waiter));
    if (greedy || newcomer.use === 'look') return greedy ?? newcomer;
    return line.findLast(({ use }) => use === 'look') ?? newcomer;
  }

  #waitingOf(user: string): number {
    return [...this.#waiting].filter((waiter) => waiter.user === user).length;
  }

  #take(user: string): void {
    this.#taken += 1;
    this.#held.set(user, (this.#held.get(user) ?? 0) + 1);
  }

  /** Passes the slot on. */
  #release(user: string): void {
    this.#taken -= 1;
    const held = (this.#held.get(user) ?? 0) - 1;
    if (held > 0) this.#held.set(user, held);
    else this.#held.delete(user);

    const next = this.#nextInLine();
    if (!next) return;
    this.#take(next.user);
    next.enter();
  }

  /** The first caller that may have a slot, looks last. */
  #nextInLine(): Waiter | undefined {
    let look: Waiter | undefined;
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom(waiter)) continue;
      if (waiter.use !== 'look') return waiter;
      look ??= waiter;
    }
    return look;
  }
}

function tooMany(): Refusal {
  return new Refusal('too-many-requests', { waitMs: COME_BACK_MS });
}
