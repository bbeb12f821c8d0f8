/** What a request changed, whether or not its answer ever arrived. */
export type Effect =
  | 'none'
  | 'notification-created'
  | 'push-consumed'
  | 'challenge-created'
  | 'challenge-approved'
  | 'challenge-denied'
  | 'service-created'
  | 'service-updated'
  | 'service-deleted'
  | 'entity-created'
  | 'entity-deleted'
  | 'factor-created'
  | 'factor-updated'
  | 'factor-deleted'
  | 'access-token-created'
  | 'webhook-created'
  | 'webhook-updated'
  | 'webhook-deleted';

/** One request as it arrived on Twilio's side, malformed ones included. */
export interface JournalEntry {
  /** Simulated time, ISO 8601 with milliseconds. */
  readonly at: string;
  readonly method: string;
  /** Path and query exactly as on the wire: not decoded, not normalised. */
  readonly path: string;
  /** Which call of Twilio it was, if any. */
  operation: string | null;
  /**
   * The SID of the account, API key, access token or (for a phone) Factor that signed it, or `bearer`; null when not
   * authenticated. Never a secret.
   */
  principal: string | null;
  /** The body as received (the first 8 KiB of it). */
  body: string;
  readonly userAgent: string | null;
  /** Number of the connection, counted from 1. */
  readonly socket: number;
  /** The status that was sent; null when no answer was (yet). */
  status: number | null;
  /** Twilio's error code in the answer. */
  code?: number;
  effect: Effect;
  /** The kind of the fault that hit it. */
  fault: string | null;
  /** Loud hints: a request that only a broken client would send. */
  readonly warnings: string[];
}

const KEPT = 10_000;

/** The newest 10,000 requests to Twilio's side. Control requests are not in it. */
export class Journal {
  private entries: JournalEntry[] = [];

  add(entry: JournalEntry): JournalEntry {
    this.entries.push(entry);
    if (this.entries.length >= 2 * KEPT) this.entries = this.entries.slice(-KEPT);
    return entry;
  }

  /** Oldest first; with a SID only the requests whose path names it. */
  list(sid?: string): readonly JournalEntry[] {
    const kept = this.entries.slice(-KEPT);
    return sid === undefined ? kept : kept.filter((entry) => entry.path.includes(sid));
  }

  clear(): void {
    this.entries = [];
  }
}
