import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import { Refusal } from '@resend/refusals.js';
import type { Asked } from './ending.js';
import { isDown } from './outcomes.js';
import type { TwilioCall } from './twilio-call.js';

/** `half-open`: one fetch is finding out whether Twilio is back. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** When the breaker opens, and for how long. */
export interface BreakerOptions {
  /** Calls in a row that end as if Twilio were down. */
  readonly failures: number;
  /** No call for this long, in milliseconds; then one fetch tries. */
  readonly openMs: number;
  /** Told of every change. Must not throw. */
  readonly onChange?: (state: BreakerState) => void;
  /** A monotonic reading in milliseconds. */
  readonly now?: () => number;
}

/**
 * Spares everybody the wait for a Twilio that is down, and Twilio the calls.
 *
 * It counts failures in a row: that opens as surely at one resend a minute as at a hundred a second, where a rate needs
 * traffic to be one. cockatiel decides what is open; who may try again, and when, is decided here: cockatiel would let a
 * create be the probe, would make the others wait for it on their leases, and goes by a clock that can be set back.
 */
export class Breaker {
  readonly #circuit: CircuitBreakerPolicy;
  readonly #now: () => number;
  #triesAt = 0;
  #hasProber = false;

  constructor({ failures, openMs, onChange = () => {}, now = () => performance.now() }: BreakerOptions) {
    this.#now = now;
    this.#circuit = circuitBreaker(
      handleWhenResult((asked) => isFailure(asked)),
      // Half-open as soon as anybody calls: nobody does before `#triesAt`.
      { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: Number.NEGATIVE_INFINITY },
    );
    this.#circuit.onBreak(() => (this.#triesAt = this.#now() + openMs));
    this.#circuit.onStateChange((state) => onChange(nameOf(state)));
  }

  /** @throws Refusal `provider-unavailable` where `admit` would */
  mustNotRefuse(): void {
    const { state } = this.#circuit;
    if (state === CircuitState.Closed) return;
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw new Refusal('provider-unavailable', { waitMs });
    if (state === CircuitState.HalfOpen || this.#hasProber) throw new Refusal('provider-unavailable');
  }

  /**
   * Lets in whoever is about to need Twilio. Once an open breaker may be tried, it lets in one at a time, until
   * disposed of: its fetch is the probe.
   *
   * @throws Refusal `provider-unavailable`, with the wait until the next try where that is known
   */
  admit(): Disposable {
    this.mustNotRefuse();
    if (this.#circuit.state === CircuitState.Closed) return { [Symbol.dispose]: () => {} };
    this.#hasProber = true;
    let isProber = true;
    return {
      [Symbol.dispose]: () => {
        if (isProber) this.#hasProber = false;
        isProber = false;
      },
    };
  }

  /** Makes the call and learns from it, or says that it was not made. A create never is the one that tries. */
  async run<V>(operation: TwilioCall['operation'], call: () => Promise<Asked<V>>): Promise<Asked<V>> {
    const { state } = this.#circuit;
    const isLetThrough =
      state === CircuitState.Closed ||
      (state === CircuitState.Open && operation === 'fetchChallenge' && this.#waitMs() <= 0);
    if (isLetThrough) return this.#circuit.execute(call);
    const waitMs = this.#waitMs();
    return { ending: { kind: 'breaker-open', ...(waitMs > 0 && { waitMs }) } };
  }

  #waitMs(): number {
    return this.#triesAt - this.#now();
  }
}

function isFailure(asked: unknown): boolean {
  const { ending } = asked as Partial<Extract<Asked<unknown>, { ending: unknown }>>;
  return ending !== undefined && isDown(ending);
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
