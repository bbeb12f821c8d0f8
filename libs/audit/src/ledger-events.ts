import type { BeforeReset, LedgerAnswer, LedgerCommand, LedgerOperation, Settlement, Standing } from '@resend/ports.js';
import type { AuditEntry } from './audit-trail.js';
import type { Doubt } from './audited.js';

/** An audit event without its actor and its user. */
export type LedgerEvent = Pick<AuditEntry, 'type' | 'challengeSid' | 'changes'>;

/** A command of the ledger, and its answer. */
interface Asked<Op extends LedgerOperation> {
  readonly command: LedgerCommand<Op>;
  /** Absent when the ledger did not answer: it may have run the command. */
  readonly answer?: LedgerAnswer<Op>;
  readonly doubt: Doubt;
}

export interface EventOptions {
  /** The public name of a user limit. */
  readonly nameOf: (window: { readonly windowMs: number }) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Events<Op extends LedgerOperation> {
  /** Recorded before the ledger is asked. */
  readonly before?: (command: LedgerCommand<Op>) => readonly LedgerEvent[];
  /** Recorded after it has answered or refused, but not after a bug. */
  readonly after?: (asked: Asked<Op>, options: EventOptions) => readonly LedgerEvent[];
}

/**
 * The audit events of each operation: what went out or may have, how Challenges ended, and what support and the fraud
 * team did or may have done. Decisions and questions leave none.
 */
export const LEDGER_EVENTS: { readonly [Op in LedgerOperation]: Events<Op> } = {
  reserve: {},
  dispatch: { after: ({ command, answer }) => ended(command.challengeSid, answer?.standing) },
  settle: {
    // What Twilio did is a fact, even when the ledger can no longer write it down.
    before: ({ challengeSid, settlement }) => sent(challengeSid, settlement),
    after: ({ command, answer }) => ended(command.challengeSid, answer?.standing),
  },
  peek: {},
  look: {},
  learn: { after: ({ command, answer }) => ended(command.challengeSid, answer) },
  overview: {},
  reset: {
    after: ({ answer, doubt }, { nameOf }) => [
      { type: 'limits.reset', changes: { ...(answer && usedAndHeld(answer, nameOf)), ...doubt } },
    ],
  },
  block: {
    after: ({ command, doubt }, { now }) => {
      const expiresAt = new Date(now() + command.durationMs).toISOString();
      return [{ type: 'block.set', changes: { expiresAt, ...doubt } }];
    },
  },
  unblock: {
    after: ({ answer, doubt }) => {
      if (!answer) return [{ type: 'block.ended', changes: { ...doubt } }];
      if (answer.blockedMs === undefined) return [];
      return [{ type: 'block.ended', changes: { leftSeconds: inSeconds(answer.blockedMs) } }];
    },
  },
};

function sent(challengeSid: string, settlement: Settlement): readonly LedgerEvent[] {
  switch (settlement.outcome) {
    case 'sent':
      return [{ type: 'resend.sent', challengeSid, changes: { ttlSeconds: settlement.ttlSeconds } }];
    case 'unknown':
      return [{ type: 'resend.unknown', challengeSid }];
    case 'notSent':
      return [];
  }
}

function ended(challengeSid: string, standing: Standing | undefined): readonly LedgerEvent[] {
  if (!standing?.ended) return [];
  const { status, resends, sinceLastMs } = standing.ended;
  const sinceLast = sinceLastMs === undefined ? {} : { sinceLastResendSeconds: Math.floor(sinceLastMs / 1000) };
  return [{ type: `challenge.${status}`, challengeSid, changes: { resends, ...sinceLast } }];
}

function usedAndHeld({ windows, heldMs }: BeforeReset, nameOf: EventOptions['nameOf']) {
  const used = windows.map((window) => [`${nameOf(window)}.used`, window.used]);
  return { ...Object.fromEntries(used), ...(heldMs !== undefined && { heldSeconds: inSeconds(heldMs) }) };
}

function inSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
