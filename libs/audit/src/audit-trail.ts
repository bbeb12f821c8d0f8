import { randomBytes } from 'node:crypto';
import type { Attribution } from '@resend/ports.js';

/** What is kept for support and the fraud team. Refusals are not: a tapper must not push the rest out. */
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

/** Something that was done. It names no user and holds no credential. */
export interface AuditEntry extends Attribution {
  readonly type: AuditType;
  /** The keyed hash of whose it is; absent where it is everybody's. */
  readonly user?: string;
  readonly challengeSid?: string;
  /** What changed: `ttlSeconds`, `resends`, `expiresAt`, … */
  readonly changes?: Readonly<Record<string, string | number>>;
}

export interface AuditEvent extends AuditEntry {
  /** Random, after the time: the same wherever the event is read or logged. */
  readonly id: string;
  /** RFC 3339, by the clock of the instance that did it. */
  readonly occurredAt: string;
}

export interface AuditQuery {
  readonly user?: string;
  readonly type?: AuditType;
  /** At most so many events, 1 to 200. */
  readonly limit: number;
  /** Only events before this place, which a page told: two numbers and a dash. */
  readonly before?: string;
}

/** Newest first. `before`: where the next page begins; absent on the last one. */
export interface AuditPage {
  readonly events: readonly AuditEvent[];
  readonly before?: string;
}

/** Keeps what was done, for a while. */
export abstract class AuditTrail {
  /** Never fails what it is told of: what can not be kept is in the log all the same, and counted. */
  abstract record(entry: AuditEntry): void;
  /** A page of a search by type may hold fewer than asked for. Throws `ledger-unavailable` when it can not tell. */
  abstract page(query: AuditQuery): Promise<AuditPage>;
}

/** How much is kept, and who else is told. */
export interface AuditOptions {
  /** Of everybody together: the oldest goes first. */
  readonly maxEvents: number;
  /** Of one user: the oldest goes first. */
  readonly maxEventsOfUser: number;
  readonly retentionMs: number;
  /** Told every event at once, kept or not. */
  readonly onEvent?: (event: AuditEvent) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** @param at epoch milliseconds */
export function eventOf({ type, ...entry }: AuditEntry, at: number): AuditEvent {
  const id = at.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return { id, type, occurredAt: new Date(at).toISOString(), ...entry };
}
