import type { RedisConnection } from '@redis/connection.js';
import { orLedgerUnavailable } from '@redis/or-ledger-unavailable.js';
import { script } from '@redis/script.js';
import {
  type AuditEntry,
  type AuditEvent,
  type AuditOptions,
  type AuditPage,
  type AuditQuery,
  AuditTrail,
  eventOf,
} from './audit-trail.js';

const addToAllScript = script<string>('pushResendAuditAll', new URL('./add-to-all.lua', import.meta.url), 1);
const addToUserScript = script<null>('pushResendAuditUser', new URL('./add-to-user.lua', import.meta.url), 1);

/** A search by type reads this many events at a time, and stops after this many. */
const SEARCH_BATCH = 500;
const SEARCH_LIMIT = 5000;

export interface RedisAuditOptions extends AuditOptions {
  /** Prefix of every key. */
  readonly keyPrefix: string;
  /** Called with an event that could not be stored in both places, and the error. */
  readonly onLost?: (event: AuditEvent, error: unknown) => void;
  /** Called with the place of a stored entry that is not an event, for example one that another program wrote. */
  readonly onUnreadable?: (place: string) => void;
}

type Placed = readonly [place: string, event: AuditEvent];

const PLACE = /^\d{1,15}-\d{1,15}$/;

/**
 * The audit trail in Redis: one capped stream of all events, and for each user a small list beside the other keys, so
 * that a query for one user reads only that list. (A stream of one event takes nine times the memory of a list.)
 * An event's place is its id in the stream; in a list each event is prefixed with its place.
 */
export class RedisAuditTrail extends AuditTrail {
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RedisAuditOptions,
  ) {
    super();
  }

  override record(entry: AuditEntry): void {
    const event = eventOf(entry, this.now());
    this.options.onEvent?.(event);
    const keeping = this.keep(event)
      .catch((error: unknown) => this.options.onLost?.(event, error))
      .finally(() => this.pending.delete(keeping));
    this.pending.add(keeping);
  }

  override page(query: AuditQuery): Promise<AuditPage> {
    const { user } = query;
    return orLedgerUnavailable(() => (user === undefined ? this.pageOfAll(query) : this.pageOfUser(user, query)));
  }

  /** Waits for the events being written: the connection must not be closed before. */
  override async flush(): Promise<void> {
    await Promise.all(this.pending);
  }

  /** Two commands without a transaction: in a Cluster the keys are on two nodes, and either may be down. */
  private async keep(event: AuditEvent): Promise<void> {
    const { maxEvents, maxEventsOfUser, retentionMs } = this.options;
    const json = JSON.stringify(event);
    const kept = addToAllScript(this.redis, this.keyOfAll, maxEvents, retentionMs, json);
    if (event.user !== undefined) {
      const place = await kept.catch(() => `${Date.parse(event.occurredAt)}-0`);
      await addToUserScript(this.redis, this.keyOf(event.user), maxEventsOfUser, retentionMs, `${place} ${json}`);
    }
    await kept;
  }

  private async pageOfAll({ type, limit, before }: AuditQuery): Promise<AuditPage> {
    const batchSize = type === undefined ? limit + 1 : SEARCH_BATCH;
    const events: AuditEvent[] = [];
    let place = before;
    for (let searched = 0; searched < SEARCH_LIMIT; searched += batchSize) {
      const newest = place === undefined ? '+' : `(${place}`;
      const batch = await this.redis.xrevrange(this.keyOfAll, newest, this.oldestMs(), 'COUNT', batchSize);
      for (const [id, [, json = '']] of batch) {
        const event = this.eventAt(id, json);
        const isWanted = event && (type === undefined || event.type === type);
        if (isWanted && events.length === limit) return { events, ...(place !== undefined && { before: place }) };
        if (isWanted) events.push(event);
        place = id;
      }
      if (batch.length < batchSize) return { events };
    }
    return { events, ...(place !== undefined && { before: place }) };
  }

  private async pageOfUser(user: string, { type, limit, before }: AuditQuery): Promise<AuditPage> {
    const kept = (await this.redis.lrange(this.keyOf(user), 0, -1)).flatMap((stored) => this.placed(stored));
    const found = kept
      .filter(([place, event]) => msOf(place) >= this.oldestMs() && (type === undefined || event.type === type))
      .filter(([place]) => before === undefined || compare(place, before) < 0)
      .toSorted(([one], [other]) => compare(other, one));
    const events = found.slice(0, limit);
    const last = found.length > limit ? events.at(-1) : undefined;
    return { events: events.map(([, event]) => event), ...(last && { before: last[0] }) };
  }

  /** An entry of a user's list; none if it is not an event. */
  private placed(stored: string): Placed[] {
    const blank = stored.indexOf(' ');
    const place = stored.slice(0, Math.max(0, blank));
    const event = this.eventAt(place, stored.slice(blank + 1));
    return event ? [[place, event]] : [];
  }

  /** An entry that is not an event is reported and left out, so that one of them does not take a whole page away. */
  private eventAt(place: string, json: string): AuditEvent | undefined {
    const isPlace = PLACE.test(place);
    const event = eventIn(json);
    if (isPlace && event) return event;
    this.options.onUnreadable?.(isPlace ? place : 'unknown');
    return undefined;
  }

  private get keyOfAll(): string {
    return `${this.options.keyPrefix}audit`;
  }

  private keyOf(user: string): string {
    return `${this.options.keyPrefix}{${user}}:audit`;
  }

  private oldestMs(): number {
    return this.now() - this.options.retentionMs;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

function eventIn(json: string): AuditEvent | undefined {
  try {
    const entry = JSON.parse(json) as Partial<AuditEvent> | null;
    const isEvent = [entry?.id, entry?.type, entry?.occurredAt].every((field) => typeof field === 'string');
    return isEvent ? (entry as AuditEvent) : undefined;
  } catch {
    return undefined;
  }
}

function msOf(place: string): number {
  return Number(place.split('-')[0]);
}

function compare(one: string, other: string): number {
  return msOf(one) - msOf(other) || Number(one.split('-')[1]) - Number(other.split('-')[1]);
}
