import { Refusal } from '@resend/refusals.js';

/** How much room there is. */
export interface RoomOptions {
  /** Places. */
  readonly limit: number;
  /** How many may wait for one; 0: nobody. */
  readonly maxWaiting: number;
  /** How long each of them may wait, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Places towards Twilio and a short queue for them, first come, first served. */
export class Room {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor({ limit, maxWaiting, maxWaitMs }: RoomOptions) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * A place, until it is disposed of.
   *
   * @throws Refusal `overloaded` when the queue is full or the wait too long
   */
  async take(): Promise<Disposable> {
    if (this.#taken < this.#limit) this.#taken += 1;
    else await this.#turn();
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#leave();
        isHeld = false;
      },
    };
  }

  /** Waits until a place is handed over. */
  #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#waiting.size >= this.#maxWaiting) {
      reject(new Refusal('overloaded'));
      return promise;
    }
    const take = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(take);
      reject(new Refusal('overloaded'));
    }, this.#maxWaitMs);
    this.#waiting.add(take);
    return promise;
  }

  /** Hands the place to whoever has waited longest. */
  #leave(): void {
    const [take] = this.#waiting;
    if (take === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(take);
    take();
  }
}
