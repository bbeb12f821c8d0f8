import { Refusal } from '@resend/refusals.js';
import { type ExchangeResult, isDown } from './exchange-result.js';
import type { TwilioCall } from './twilio-call.js';

type State =
  /** Calls go through. `failures`: consecutive ones so far. */
  | { readonly kind: 'closed'; readonly failures: number }
  /** No calls before `triesAt`. From then on one caller may claim the probe. */
  | { readonly kind: 'open'; readonly triesAt: number; readonly isClaimed: boolean }
  /** One fetch is in flight as the probe; its result closes the breaker or opens it again. */
  | { readonly kind: 'half-open' };

/** `half-open`: one fetch is testing whether Twilio is back. */
export type BreakerState = State['kind'];

/** When the breaker opens, and for how long. */
export interface BreakerOptions {
  /** Consecutive failures (`isDown`) that open it; at least 1. */
  readonly failures: number;
  /** How long it stays open, in milliseconds. Then one fetch probes. */
  readonly openMs: number;
  /** Called on every change of state. Must not throw. */
  readonly onChange?: (state: BreakerState) => void;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * A circuit breaker: while Twilio is down, callers are refused at once instead of waiting for a deadline.
 *
 * It counts consecutive failures, because a failure rate is meaningless at one resend a minute.
 */
export class Breaker {
  readonly #maxFailures: number;
  readonly #openMs: number;
  readonly #onChange: (state: BreakerState) => void;
  readonly #now: () => number;
  #state: State = { kind: 'closed', failures: 0 };

  constructor({ failures, openMs, onChange = () => {}, now = () => performance.now() }: BreakerOptions) {
    this.#maxFailures = failures;
    this.#openMs = openMs;
    this.#onChange = onChange;
    this.#now = now;
  }

  /** @throws Refusal `provider-unavailable` where `admit` would, without claiming the probe */
  throwIfOpen(): void {
    const obstacle = this.#obstacleTo('admission');
    if (obstacle !== undefined) throw new Refusal('provider-unavailable', obstacle);
  }

  /**
   * Admits a caller that is about to call Twilio. Once an open breaker may be tried, one caller at a time is admitted
   * until it disposes of its admission: its fetch is the probe.
   *
   * @throws Refusal `provider-unavailable`, with the wait until the next probe where it is known
   */
  admit(): Disposable {
    this.throwIfOpen();
    if (this.#state.kind !== 'open') return { [Symbol.dispose]: () => {} };
    const claimed: State = { ...this.#state, isClaimed: true };
    this.#become(claimed);
    return {
      [Symbol.dispose]: () => {
        if (this.#state === claimed) this.#become({ ...claimed, isClaimed: false });
      },
    };
  }

  /** Makes the call and learns from its result, or answers `breaker-open` without making it. */
  async run<V>(operation: TwilioCall['operation'], call: () => Promise<ExchangeResult<V>>): Promise<ExchangeResult<V>> {
    const obstacle = this.#obstacleTo(operation);
    if (obstacle !== undefined) return { failure: { kind: 'breaker-open', ...obstacle } };
    const isProbe = this.#state.kind === 'open';
    if (isProbe) this.#become({ kind: 'half-open' });
    let isFailure = false; // a call that throws is a bug here, not a failure of Twilio
    try {
      const result = await call();
      isFailure = 'failure' in result && isDown(result.failure);
      return result;
    } finally {
      this.#learn(isFailure, isProbe);
    }
  }

  /** Why an admission or a call is not possible now, with the wait where it is known; undefined when it is. */
  #obstacleTo(request: 'admission' | TwilioCall['operation']): { readonly waitMs?: number } | undefined {
    switch (this.#state.kind) {
      case 'closed':
        return undefined;
      case 'open': {
        const waitMs = this.#state.triesAt - this.#now();
        if (waitMs > 0) return { waitMs };
        // A create is never the probe: one that times out costs the user a resend.
        const mayProbe = request === 'fetchChallenge' || (request === 'admission' && !this.#state.isClaimed);
        return mayProbe ? undefined : {};
      }
      case 'half-open':
        return {};
      default:
        return this.#state satisfies never;
    }
  }

  #learn(isFailure: boolean, isProbe: boolean): void {
    const state = this.#state;
    // Calls that began before the breaker opened say nothing about Twilio's current health.
    if (state.kind !== 'closed' && !isProbe) return;
    if (!isFailure) return this.#become({ kind: 'closed', failures: 0 });
    const failures = state.kind === 'closed' ? state.failures + 1 : this.#maxFailures;
    if (failures < this.#maxFailures) return this.#become({ kind: 'closed', failures });
    this.#become({ kind: 'open', triesAt: this.#now() + this.#openMs, isClaimed: false });
  }

  #become(state: State): void {
    const isChange = state.kind !== this.#state.kind;
    this.#state = state;
    if (isChange) this.#onChange(state.kind);
  }
}
