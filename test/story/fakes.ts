import { expect } from 'vitest';
import { MemoryPause } from '@ledger/pause.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import {
  type Attribution,
  type Created,
  type Fetched,
  type LedgerCommand,
  type LedgerOperation,
  type Ledgers,
  type SlotUse,
  VerifyGateway,
} from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import { Refusal } from '@resend/refusals.js';
import { ResendService } from '@resend/resend.service.js';

export const policy: ResendPolicy = {
  cooldownsMs: [30_000, 60_000],
  maxPerChallenge: 2,
  userLimits: [
    { limit: 10, windowMs: 86_400_000 },
    { limit: 5, windowMs: 900_000 },
  ],
  denyHoldMs: 600_000,
  coalesceMs: 2000,
  leaseMs: 10_000,
  maxChallengeAgeMs: 600_000,
  challengeCacheMs: 2000,
};
export const deadlines = { fetchMs: 2000, createMs: 3000, dispatchToSendMs: 500 };
export const challengeSid = `YC${'a'.repeat(32)}`;
export const by = { actor: 'session' };
export const session = { identity: 'somebody-0001' };
export const pending = {
  kind: 'fetched',
  status: 'pending',
  isPush: true,
  ageMs: 60_000,
  remainingMs: 240_000,
} as const;
export const sent = { outcome: 'sent', sid: `NT${'b'.repeat(32)}` } as const;

/** Twilio, as a test wants it: what it answers, what it was asked, and what happens while it is asked. */
export class FakeTwilio extends VerifyGateway {
  fetches: Fetched[] = [];
  create: Created = sent;
  duringFetch = () => {};
  /** Fetches that it was asked for. */
  fetched = 0;
  readonly creates: { ttlSeconds: number; sendBefore: number }[] = [];
  slotsTaken = 0;
  readonly askedForSlots: { identity: string; use: SlotUse }[] = [];
  noSlot: Refusal | undefined;

  override async takeSlot(identity: string, use: SlotUse): Promise<Disposable> {
    this.askedForSlots.push({ identity, use });
    if (this.noSlot) throw this.noSlot;
    this.slotsTaken += 1;
    return { [Symbol.dispose]: () => void (this.slotsTaken -= 1) };
  }

  override async fetchChallenge(): Promise<Fetched> {
    this.fetched += 1;
    this.duringFetch();
    return this.fetches.shift() ?? { kind: 'learnt', fact: pending };
  }

  override async createNotification(
    _identity: string,
    _sid: string,
    options: { ttlSeconds: number; sendBefore: number },
  ) {
    this.creates.push(options);
    return this.create;
  }
}

/** A ledger whose connection breaks: before or after the command ran. */
export class BreakableLedger extends InProcessLedger {
  breakAfter: Partial<Record<LedgerOperation, boolean>> = {};

  override async run<Op extends LedgerOperation>(operation: Op, identity: string, command: LedgerCommand<Op>) {
    const answer = await super.run(operation, identity, command);
    if (this.breakAfter[operation]) throw new Refusal('ledger-unavailable');
    return answer;
  }

  /** All that is remembered of anybody, byte for byte. */
  remembered(): string {
    return JSON.stringify([...this['users']]);
  }
}

/** The story with fakes around it, on a clock that only the test moves. */
export class Story {
  now = Date.parse('2026-03-02T10:00:00Z');
  readonly twilio = new FakeTwilio();
  readonly ledger = new BreakableLedger(policy, () => this.now);
  readonly pause = new MemoryPause(() => this.now);
  /** On whose behalf the ledger was opened. */
  readonly openedBy: Attribution[] = [];
  readonly ledgers: Ledgers = {
    by: (attribution) => {
      this.openedBy.push(attribution);
      return this.ledger;
    },
  };
  readonly service = new ResendService(this.ledgers, this.twilio, policy, deadlines, this.pause, {
    now: () => this.now,
    sleep: async () => undefined,
  });

  tap(options: { idempotencyKey?: string } = {}) {
    return this.service.resend({ session, challengeSid, by, ...options });
  }

  /** Resends of the Challenge. */
  async used(): Promise<number> {
    return (await this.ledger.peek(session.identity, challengeSid)).resends.used;
  }
}

/** The "no" that was expected. */
export function refusal(promise: Promise<unknown>): Promise<Refusal> {
  return promise.then(
    () => expect.fail('not refused'),
    (error: Refusal) => error,
  );
}
