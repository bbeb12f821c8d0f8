import { randomUUID } from 'node:crypto';
import type { ResendPolicy } from '@resend/policy.js';
import {
  type ChallengeFact,
  type DispatchCommand,
  type Dispatched,
  Ledger,
  type Looked,
  type Overview,
  type ReserveCommand,
  type Reserved,
  type SettleCommand,
  type Settled,
  type Standing,
} from '@resend/ports.js';
import { identityHasher } from './identity-hash.js';
import type { LedgerCall } from './ledger-call.js';
import * as rules from './rules.js';

/**
 * The ledger in this process's memory: the embedded default. Nothing survives a restart and no second process shares
 * it, so production refuses it.
 */
export class InProcessLedger extends Ledger {
  /** By identity, in the order of their last change: what may be forgotten is found at the front, or waits its turn. */
  private readonly users = new Map<string, { state: rules.UserState; forgetAt: number }>();

  /**
   * @param now epoch milliseconds
   * @param hashOf names a user to `onCall` without telling who it is
   */
  constructor(
    private readonly policy: ResendPolicy,
    private readonly now: () => number = Date.now,
    private readonly onCall: (call: LedgerCall) => void = () => {},
    private readonly hashOf = identityHasher(randomUUID()),
  ) {
    super();
  }

  override async reserve(identity: string, command: ReserveCommand): Promise<Reserved> {
    return this.step('reserve', identity, command, (state, now) => rules.reserve(state, command, now, this.policy));
  }

  override async dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    return this.step('dispatch', identity, command, (state, now) => rules.dispatch(state, command, now, this.policy));
  }

  override async settle(identity: string, command: SettleCommand): Promise<Settled> {
    return this.step('settle', identity, command, (state, now) => rules.settle(state, command, now, this.policy));
  }

  override async peek(identity: string, challengeSid: string, fact?: ChallengeFact): Promise<Standing> {
    return this.step('peek', identity, { challengeSid, fact }, (state, now) =>
      rules.peek(state, challengeSid, fact, now, this.policy),
    );
  }

  override async overview(identity: string): Promise<Overview> {
    return this.step('overview', identity, {}, (state, now) => rules.overview(state, now, this.policy));
  }

  override async look(identity: string, challengeSid: string): Promise<Looked> {
    return this.step('look', identity, { challengeSid }, (state, now) =>
      rules.look(state, challengeSid, now, this.policy),
    );
  }

  override async learn(identity: string, challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    return this.step('learn', identity, { challengeSid, fact }, (state, now) =>
      rules.learn(state, challengeSid, fact, now, this.policy),
    );
  }

  override async reset(identity: string): Promise<void> {
    this.step('reset', identity, {}, (state, now) => rules.reset(state, now, this.policy));
  }

  override async block(identity: string, durationMs: number): Promise<void> {
    this.step('block', identity, { durationMs }, (state, now) => rules.block(state, durationMs, now, this.policy));
  }

  override async unblock(identity: string): Promise<void> {
    this.step('unblock', identity, {}, (state, now) => rules.unblock(state, now, this.policy));
  }

  private step<Answer>(
    operation: LedgerCall['operation'],
    identity: string,
    command: object,
    rule: (state: rules.UserState, now: number) => rules.Step<Answer>,
  ): Answer {
    const startedAt = performance.now();
    const now = this.now();
    this.forget(now);
    const { state, answer } = rule(this.users.get(identity)?.state ?? rules.NOTHING, now);
    this.users.delete(identity);
    const forgetAt = rules.forgetAt(state);
    if (forgetAt > now) this.users.set(identity, { state, forgetAt });
    const durationMs = performance.now() - startedAt;
    this.onCall({ operation, user: this.hashOf(identity), command, answer, durationMs });
    return answer;
  }

  private forget(now: number): void {
    for (const [identity, { forgetAt }] of this.users) {
      if (forgetAt > now) return;
      this.users.delete(identity);
    }
  }
}
