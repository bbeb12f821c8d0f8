import {
  type ChallengeFact,
  type DispatchCommand,
  type Dispatched,
  Ledger,
  type LedgerAnswer,
  type LedgerCommand,
  type LedgerOperation,
  type SettleCommand,
  type Settled,
  type Standing,
} from '@resend/ports.js';
import type { AuditEntry, AuditTrail } from './audit-trail.js';
import { audited } from './audited.js';

/** On whose behalf the running code works, and why. */
export type Circumstances = Pick<AuditEntry, 'actor' | 'reason' | 'reference' | 'requestId'>;

export interface AuditedLedgerOptions {
  readonly audit: AuditTrail;
  /** Names a user without telling who it is. */
  readonly hashOf: (identity: string) => string;
  /** What a user limit is called. */
  readonly nameOf: (window: { readonly windowMs: number }) => string;
  readonly circumstances: () => Circumstances;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/**
 * A ledger that leaves a trail: what went out or may have, how Challenges ended, and what support and the fraud team
 * did or may have done. What merely was decided leaves none.
 */
export class AuditedLedger extends Ledger {
  constructor(
    private readonly ledger: Ledger,
    private readonly options: AuditedLedgerOptions,
  ) {
    super();
  }

  override run<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    return this.ledger.run(operation, identity, command);
  }

  override async dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    const dispatched = await this.ledger.dispatch(identity, command);
    this.ended(identity, command.challengeSid, dispatched.standing);
    return dispatched;
  }

  /** What Twilio did is a fact, whether or not the ledger can still write it down. */
  override async settle(identity: string, command: SettleCommand): Promise<Settled> {
    const { challengeSid, settlement } = command;
    if (settlement.outcome === 'sent') {
      const { ttlSeconds } = settlement;
      this.record('resend.sent', identity, { challengeSid, changes: { ttlSeconds } });
    }
    if (settlement.outcome === 'unknown') this.record('resend.unknown', identity, { challengeSid });
    const settled = await this.ledger.settle(identity, command);
    this.ended(identity, challengeSid, settled.standing);
    return settled;
  }

  override async learn(identity: string, challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    const standing = await this.ledger.learn(identity, challengeSid, fact);
    this.ended(identity, challengeSid, standing);
    return standing;
  }

  override async reset(identity: string): Promise<void> {
    const { anew, heldMs } = await this.ledger.overview(identity);
    const used = anew.windows.map((window) => [`${this.options.nameOf(window)}.used`, window.used]);
    const changes = { ...Object.fromEntries(used), ...(heldMs !== undefined && { heldSeconds: inSeconds(heldMs) }) };
    await audited(
      () => this.ledger.reset(identity),
      (doubt) => this.record('limits.reset', identity, { changes: { ...changes, ...doubt } }),
    );
  }

  override async block(identity: string, durationMs: number): Promise<void> {
    await audited(
      () => this.ledger.block(identity, durationMs),
      (doubt) => {
        const expiresAt = new Date((this.options.now ?? Date.now)() + durationMs).toISOString();
        this.record('block.set', identity, { changes: { expiresAt, ...doubt } });
      },
    );
  }

  override async unblock(identity: string): Promise<void> {
    const { blockedMs } = await this.ledger.overview(identity);
    await audited(
      () => this.ledger.unblock(identity),
      (doubt) => {
        if (blockedMs === undefined) return;
        this.record('block.ended', identity, { changes: { leftSeconds: inSeconds(blockedMs), ...doubt } });
      },
    );
  }

  private ended(identity: string, challengeSid: string, { ended }: Standing): void {
    if (!ended) return;
    const { status, resends, sinceLastMs } = ended;
    const changes = {
      resends,
      ...(sinceLastMs !== undefined && { sinceLastResendSeconds: Math.floor(sinceLastMs / 1000) }),
    };
    this.record(`challenge.${status}`, identity, { challengeSid, changes });
  }

  private record(
    type: AuditEntry['type'],
    identity: string,
    what: Pick<AuditEntry, 'challengeSid' | 'changes'> = {},
  ): void {
    const { audit, hashOf, circumstances } = this.options;
    audit.record({ type, user: hashOf(identity), ...circumstances(), ...what });
  }
}

function inSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
