/** What a user's commands were answered, written down: the oracle that the outside record holds the ledger against. */
import type { ResendPolicy } from '@resend/policy.js';
import { type Heard, isGuess } from '../support/heard.js';
import type { Schedule } from './schedule.js';

const DAY_MS = 24 * 3_600_000;

/** A reservation, as its commands were answered. */
export interface Attempt {
  readonly id: string;
  readonly challengeSid: string;
  readonly reservedAt: number;
  state: 'reserved' | 'dispatched' | 'sent' | 'unknown' | 'returned';
  /** When it was reserved, then when it was dispatched; and by which command. */
  at: number;
  order: number;
  settledAt?: number;
  sid?: string;
}

/** What is known of one user. A failover that loses commands takes it back to before them. */
export interface Book {
  attempts: Map<string, Attempt>;
  /** Idempotency-Key hash → what it was given to. */
  keys: Map<string, { readonly id: string; readonly request: string }>;
  heard: Heard;
  answered: Map<string, 'approved' | 'denied'>;
  /** Challenges whose end was told. */
  ended: Set<string>;
  /** Approvals and resets: nothing up to `since` is counted after the command `order`. */
  clearings: { readonly since: number; readonly order: number }[];
  heldUntil: number;
  blockedUntil: number;
  /** The earliest end told of each Challenge's wait, since something last happened to this user. */
  told: Map<string, { readonly code: string; readonly end: number }>;
}

/** A dispatch that said go: nothing makes it undone. */
export interface Go {
  readonly id: string;
  readonly identity: string;
  readonly challengeSid: string;
  readonly at: number;
  readonly order: number;
  /** Number of the process whose tap it is. */
  instance?: number;
  posts: number;
  /** The Notification at Twilio. */
  push?: { readonly sid: string; readonly at: number; readonly expires: number; readonly key?: string };
  /** A failover lost it. */
  isForgotten?: true;
}

export function emptyBook(): Book {
  return {
    attempts: new Map(),
    keys: new Map(),
    heard: new Map(),
    answered: new Map(),
    ended: new Set(),
    clearings: [],
    heldUntil: -Infinity,
    blockedUntil: -Infinity,
    told: new Map(),
  };
}

/** An approval or a reset came after it: no window counts it. */
export function isCleared({ clearings }: Book, { at, order: stampedBy }: Attempt): boolean {
  return clearings.some(({ since, order }) => at <= since && stampedBy < order);
}

/** What follows from a book at a moment, by the policy alone. */
export class Memory {
  constructor(
    private readonly schedule: Schedule,
    private readonly policy: ResendPolicy,
  ) {}

  isLive({ state, at }: Attempt): boolean {
    return (state === 'reserved' || state === 'dispatched') && this.schedule.now - at < this.policy.leaseMs;
  }

  mayHaveGoneOut({ state, at }: Attempt): boolean {
    const isGone = state === 'dispatched' || state === 'sent' || state === 'unknown';
    return isGone && this.schedule.now - at < DAY_MS;
  }

  isRemembered(attempt: Attempt): boolean {
    return this.mayHaveGoneOut(attempt) || this.isLive(attempt);
  }

  /** What standings count: each resend that may have gone out or is under way. */
  counted({ attempts }: Book): Attempt[] {
    return [...attempts.values()].filter((attempt) => this.isRemembered(attempt));
  }

  /** A later resend of the Challenge has left, with a ttl that counts on this one: it stays counted. */
  isOvertaken({ attempts }: Book, own: Attempt): boolean {
    const inOrder = [...attempts.values()];
    const later = inOrder.slice(inOrder.indexOf(own) + 1);
    return later.some((other) => other.challengeSid === own.challengeSid && this.mayHaveGoneOut(other));
  }

  /** When each resend of a Challenge left that may have gone out, oldest first. */
  dispatchedAt({ attempts }: Book, sid: string): number[] {
    const gone = [...attempts.values()].filter((one) => one.challengeSid === sid && this.mayHaveGoneOut(one));
    return gone.map(({ at }) => at);
  }

  /** Challenges with a tap that is about to ask Twilio. */
  tapped({ attempts }: Book): string[] {
    const asking = [...attempts.values()].filter((one) => one.state === 'reserved' && this.isLive(one));
    return asking.map(({ challengeSid }) => challengeSid);
  }

  isGuess(book: Book, sid: string): boolean {
    return isGuess(book.heard, sid, this.tapped(book), this.schedule.now);
  }
}
