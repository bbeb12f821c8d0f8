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

/** Limits concurrent calls to Twilio: a number of slots and a short queue, first come, first served. */
export class Bulkhead {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor({ limit, maxWaiting, maxWaitMs }: BulkheadOptions) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * @returns a slot, held until it is disposed of
   * @throws Refusal `overloaded` when the queue is full or the wait took too long
   */
  async acquire(): Promise<Disposable> {
    if (this.#taken < this.#limit) this.#taken += 1;
    else await this.#queue();
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#release();
        isHeld = false;
      },
    };
  }

  /** Resolves when another caller's slot has been passed on to this one. */
  #queue(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#waiting.size >= this.#maxWaiting) {
      reject(new Refusal('overloaded'));
      return promise;
    }
    const receive = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(receive);
      reject(new Refusal('overloaded'));
    }, this.#maxWaitMs);
    this.#waiting.add(receive);
    return promise;
  }

  /** Passes the slot on to the caller that has waited longest, if any. */
  #release(): void {
    const [receive] = this.#waiting;
    if (receive === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(receive);
    receive();
  }
}
