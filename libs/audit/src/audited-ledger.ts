import {
  type Attribution,
  Ledger,
  type LedgerAnswer,
  type LedgerCommand,
  type LedgerOperation,
  Ledgers,
} from '@resend/ports.js';
import type { AuditTrail } from './audit-trail.js';
import { audited } from './audited.js';
import { type EventOptions, LEDGER_EVENTS, type LedgerEvent } from './ledger-events.js';

export interface AuditedLedgersOptions extends Pick<EventOptions, 'nameOf'>, Partial<Pick<EventOptions, 'now'>> {
  readonly audit: AuditTrail;
  /** The user's keyed hash, for the events. */
  readonly hashOf: (identity: string) => string;
}

/** Opens a ledger that records what is done through it. Without an attribution there is no ledger to use. */
export class AuditedLedgers extends Ledgers {
  constructor(
    private readonly ledger: Ledger,
    private readonly options: AuditedLedgersOptions,
  ) {
    super();
  }

  override by(attribution: Attribution): Ledger {
    return new AuditedLedger(this.ledger, attribution, this.options);
  }
}

class AuditedLedger extends Ledger {
  constructor(
    private readonly ledger: Ledger,
    private readonly attribution: Attribution,
    private readonly options: AuditedLedgersOptions,
  ) {
    super();
  }

  override run<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const { nameOf, now = Date.now } = this.options;
    const { before, after } = LEDGER_EVENTS[operation];
    if (!after) return this.ledger.run(operation, identity, command);
    this.record(identity, before?.(command));
    return audited(
      () => this.ledger.run(operation, identity, command),
      (doubt, answer) => this.record(identity, after({ command, doubt, ...(answer && { answer }) }, { nameOf, now })),
    );
  }

  private record(identity: string, events: readonly LedgerEvent[] = []): void {
    const { audit, hashOf } = this.options;
    for (const { type, ...what } of events) {
      audit.record({ type, user: hashOf(identity), ...this.attribution, ...what });
    }
  }
}
