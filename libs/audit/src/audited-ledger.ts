import { Ledger, type LedgerAnswer, type LedgerCommand, type LedgerOperation } from '@resend/ports.js';
import type { AuditEntry, AuditTrail } from './audit-trail.js';
import { audited } from './audited.js';
import { type EventOptions, LEDGER_EVENTS, type LedgerEvent } from './ledger-events.js';

/** On whose behalf the running code works, and why. */
export type Circumstances = Pick<AuditEntry, 'actor' | 'reason' | 'reference' | 'requestId'>;

export interface AuditedLedgerOptions extends Pick<EventOptions, 'nameOf'>, Partial<Pick<EventOptions, 'now'>> {
  readonly audit: AuditTrail;
  /** The user's keyed hash, for the events. */
  readonly hashOf: (identity: string) => string;
  readonly circumstances: () => Circumstances;
}

/** A ledger that records what was done through it. */
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
    const { nameOf, now = Date.now } = this.options;
    const { before, after } = LEDGER_EVENTS[operation];
    this.record(identity, before?.(command));
    return audited(
      () => this.ledger.run(operation, identity, command),
      (doubt, answer) => this.record(identity, after?.({ command, doubt, ...(answer && { answer }) }, { nameOf, now })),
    );
  }

  private record(identity: string, events: readonly LedgerEvent[] = []): void {
    const { audit, hashOf, circumstances } = this.options;
    for (const { type, ...what } of events) {
      audit.record({ type, user: hashOf(identity), ...circumstances(), ...what });
    }
  }
}
