import { randomUUID } from 'node:crypto';
import { canonicalIdentity } from '@resend/canonical-identity.js';
import type { ResendPolicy } from '@resend/policy.js';
import { Ledger, type LedgerAnswer, type LedgerCommand, type LedgerOperation } from '@resend/ports.js';
import { identityHasher } from './identity-hash.js';
import { type LedgerCall, ledgerCall } from './ledger-call.js';
import { forgetAt, NOTHING, RULES, type UserState } from './rules.js';

/**
 * The ledger in this process's memory: the embedded default. It does not survive a restart and is not shared with other
 * processes, so production refuses it.
 */
export class InProcessLedger extends Ledger {
  /** By identity, least recently changed first: expired users are removed from the front. */
  private readonly users = new Map<string, { state: UserState; endsAt: number }>();

  /**
   * @param now epoch milliseconds
   * @param hashOf keyed hash of an identity, for `onCall`
   */
  constructor(
    private readonly policy: ResendPolicy,
    private readonly now: () => number = Date.now,
    private readonly onCall: (call: LedgerCall) => void = () => {},
    private readonly hashOf = identityHasher(randomUUID()),
  ) {
    super();
  }

  override async run<Op extends LedgerOperation>(
    operation: Op,
    given: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const identity = canonicalIdentity(given);
    const startedAt = performance.now();
    const now = this.now();
    this.forget(now);
    const { state, answer } = RULES[operation](this.users.get(identity)?.state ?? NOTHING, command, now, this.policy);
    this.users.delete(identity);
    const endsAt = forgetAt(state);
    if (endsAt > now) this.users.set(identity, { state, endsAt });
    const durationMs = performance.now() - startedAt;
    this.onCall(ledgerCall({ operation, user: this.hashOf(identity), command, answer, durationMs }));
    return answer;
  }

  private forget(now: number): void {
    for (const [identity, { endsAt }] of this.users) {
      if (endsAt > now) return;
      this.users.delete(identity);
    }
  }
}
