import {
  type AuditEntry,
  type AuditEvent,
  type AuditOptions,
  type AuditPage,
  type AuditQuery,
  AuditTrail,
  eventOf,
} from './audit-trail.js';

/** The audit trail of one process, in a ring buffer: the embedded default. */
export class MemoryAuditTrail extends AuditTrail {
  /** Event n is at index n modulo the ring's length. */
  private readonly ring: AuditEvent[] = [];
  private recorded = 0;

  constructor(private readonly options: AuditOptions) {
    super();
  }

  override record(entry: AuditEntry): void {
    const event = eventOf(entry, this.now());
    this.ring[this.recorded % this.options.maxEvents] = event;
    this.recorded += 1;
    this.options.onEvent?.(event);
  }

  override async page({ user, type, limit, before }: AuditQuery): Promise<AuditPage> {
    const { maxEvents, maxEventsOfUser, retentionMs } = this.options;
    const oldestAt = new Date(this.now() - retentionMs).toISOString();
    const first = Math.max(0, this.recorded - maxEvents);
    const end = placeOf(before);
    const events: AuditEvent[] = [];
    let ofUser = 0;
    for (let place = this.recorded - 1; place >= first && ofUser <= maxEventsOfUser; place--) {
      const event = this.ring[place % maxEvents];
      if (!event || (user !== undefined && event.user !== user)) continue;
      if (user !== undefined) ofUser += 1;
      const isWanted = event.occurredAt >= oldestAt && (type === undefined || event.type === type);
      if (place >= end || !isWanted || ofUser > maxEventsOfUser) continue;
      if (events.length === limit) return { events, before: `0-${place + 1}` };
      events.push(event);
    }
    return { events };
  }

  override async flush(): Promise<void> {}

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

function placeOf(before: string | undefined): number {
  return before === undefined ? Number.POSITIVE_INFINITY : Number(before.split('-')[1]);
}
