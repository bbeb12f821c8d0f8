import type { Attribution } from '@resend/ports.js';
import { randomText } from '@resend/random-text.js';

/** The events kept for support and the fraud team. Refusals are not kept: endless taps would push the rest out. */
export const AUDIT_TYPES = [
  'resend.sent',
  'resend.unknown',
  'challenge.approved',
  'challenge.denied',
  'challenge.expired',
  'limits.reset',
  'block.set',
  'block.ended',
  'pause.set',
  'pause.ended',
  'session.registered',
  'session.ended',
] as const;
export type AuditType = (typeof AUDIT_TYPES)[number];

/** Something that was done. It holds no identity and no credential. */
export interface AuditEntry extends Attribution {
  readonly type: AuditType;
  /** The user's keyed hash; absent when it concerns all users. */
  readonly user?: string;
  readonly challengeSid?: string;
  /** What changed: `ttlSeconds`, `resends`, `expiresAt`, … */
  readonly changes?: Readonly<Record<string, string | number>>;
}

export interface AuditEvent extends AuditEntry {
  /** The time and a random part. The same in the trail and in the log. */
  readonly id: string;
  /** RFC 3339, by the clock of the instance that did it. */
  readonly occurredAt: string;
}

export interface AuditQuery {
  readonly user?: string;
  readonly type?: AuditType;
  /** Most events of the page, 1 to 200. */
  readonly limit: number;
  /** Only events older than this: the `before` of another page, two numbers and a dash. */
  readonly before?: string;
}

/** Newest first. `before`: where the next page begins; absent on the last one. */
export interface AuditPage {
  readonly events: readonly AuditEvent[];
  readonly before?: string;
}

/** Keeps audit events for a while. */
export abstract class AuditTrail {
  /** Never throws: an event that can not be kept is counted, and is in the log all the same. */
  abstract record(entry: AuditEntry): void;
  /** A search by type may return fewer events than `limit`. Throws `ledger-unavailable` when the read fails. */
  abstract page(query: AuditQuery): Promise<AuditPage>;
  /** Resolves when everything recorded so far is kept, or has been reported as lost. */
  abstract flush(): Promise<void>;
}

/** How much is kept. */
export interface AuditOptions {
  /** Most events of all users together; beyond it the oldest are dropped. */
  readonly maxEvents: number;
  /** Most events of one user; beyond it the oldest are dropped. */
  readonly maxEventsOfUser: number;
  readonly retentionMs: number;
  /** Called at once with every event, whether or not it can be kept. */
  readonly onEvent?: (event: AuditEvent) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** @param at epoch milliseconds */
export function eventOf({ type, ...entry }: AuditEntry, at: number): AuditEvent {
  const id = at.toString(16).padStart(12, '0') + randomText(10, 'hex');
  return { id, type, occurredAt: new Date(at).toISOString(), ...entry };
}
