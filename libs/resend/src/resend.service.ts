import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { hashedKey, reservationId } from './idempotency.js';
import type { Deadlines, ResendPolicy } from './policy.js';
import {
  Ledger,
  type SentNotification,
  type Session,
  type SettleCommand,
  type Standing,
  VerifyGateway,
} from './ports.js';
import { Refusal } from './refusals.js';
import { notificationTtlSeconds } from './ttl.js';

/** One press of the button. */
export interface Tap {
  readonly session: Session;
  readonly challengeSid: string;
  readonly idempotencyKey?: string;
  /** Seconds; can only shorten what the push is given to live. */
  readonly ttlSeconds?: number;
}

export interface Resent {
  readonly notification: SentNotification;
  readonly standing: Standing;
  /** True when this tap was the same as an earlier one, and only that one sent a push. */
  readonly replayed: boolean;
}

/** THE STORY: how one press becomes at most one push. Every "no" on the way is a `Refusal`. */
@Injectable()
export class ResendService {
  constructor(
    private readonly ledger: Ledger,
    private readonly verify: VerifyGateway,
    private readonly policy: ResendPolicy,
    private readonly deadlines: Deadlines,
    /** A monotonic clock in milliseconds. */
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  async resend({ session, challengeSid, idempotencyKey, ttlSeconds: askedSeconds }: Tap): Promise<Resent> {
    const { identity } = session;
    mustReach(session, challengeSid);
    using _room = this.verify.takeSlot();

    const id = reservationId();
    const request = { challengeSid, ...(askedSeconds !== undefined && { ttlSeconds: askedSeconds }) };
    const key = idempotencyKey === undefined ? {} : { key: hashedKey(idempotencyKey, request) };
    const reserved = await this.ledger.reserve(identity, { id, challengeSid, ...key });
    if (reserved.kind === 'refused') throw new Refusal(reserved.code, reserved);
    if (reserved.kind === 'replayed') return asBefore(reserved);

    const fetched = await this.verify.fetchChallenge(identity, challengeSid);
    if (fetched.kind === 'failed') {
      const settlement = { outcome: 'notSent' } as const;
      const standing = await this.settle(identity, { id, challengeSid, settlement }, reserved.standing);
      throw new Refusal(fetched.code, { ...fetched, standing });
    }

    const sendBefore = this.monotonic() + this.deadlines.dispatchToSendMs;
    const dispatched = await this.dispatch(identity, { id, challengeSid, fact: fetched.fact });
    if (dispatched.kind === 'refused') throw new Refusal(dispatched.code, dispatched);
    if (dispatched.kind === 'lost') throw new Refusal('ledger-unavailable', dispatched);

    const { resends, challenge } = dispatched.standing;
    const asked = askedSeconds === undefined ? {} : { askedSeconds };
    const ttl = { sent: resends.used, remainingMs: challenge?.remainingMs ?? 0, ...asked };
    const ttlSeconds = notificationTtlSeconds(ttl, this.policy, this.deadlines);
    const created = await this.verify.createNotification(identity, challengeSid, { ttlSeconds, sendBefore });

    const settle = (command: Pick<SettleCommand, 'settlement' | 'fact'>) =>
      this.settle(identity, { id, challengeSid, ...command }, dispatched.standing);
    switch (created.outcome) {
      case 'sent': {
        const { sid } = created;
        const standing = await settle({ settlement: { outcome: 'sent', sid, ttlSeconds } });
        return { notification: { sid, ttlSeconds, sentAt: dispatched.at }, standing, replayed: false };
      }
      case 'unknown': {
        const standing = await settle({ settlement: created });
        throw new Refusal('delivery-unknown', { standing });
      }
      case 'notSent': {
        const settlement = { outcome: 'notSent' } as const;
        if (created.code !== 'challenge-answered') {
          const standing = await settle({ settlement, ...(created.fact && { fact: created.fact }) });
          throw new Refusal(created.code, { ...created, standing });
        }
        const answer = await this.verify.fetchChallenge(identity, challengeSid);
        const standing = await settle({ settlement, ...(answer.kind === 'learnt' && { fact: answer.fact }) });
        throw new Refusal(closedAs(standing) ?? 'provider-error', { standing });
      }
    }
  }

  /** Where the user stands, for a screen that opens, comes back or polls. Sends and spends nothing. */
  async standing(session: Session, challengeSid: string): Promise<Standing> {
    mustReach(session, challengeSid);
    const giveUpAt = this.monotonic() + this.deadlines.fetchMs;
    let looked = await this.ledger.look(session.identity, challengeSid);
    while (looked.kind === 'wait' && this.monotonic() < giveUpAt) {
      await sleep(50);
      looked = await this.ledger.look(session.identity, challengeSid);
    }
    const standing =
      looked.kind === 'ask' ? await this.ask(session.identity, challengeSid, looked.standing) : looked.standing;

    if (standing.next.code === 'challenge-not-found' || standing.next.code === 'too-many-requests') {
      throw new Refusal(standing.next.code, { ...standing.next, standing });
    }
    if (!standing.challenge) throw new Refusal('provider-unavailable', { standing });
    return standing;
  }

  /** Asks Twilio on behalf of everybody who polls. With Twilio down, what was known before is told. */
  private async ask(identity: string, challengeSid: string, known: Standing): Promise<Standing> {
    using _room = this.verify.takeSlot();
    const fetched = await this.verify.fetchChallenge(identity, challengeSid);
    if (fetched.kind === 'learnt') return this.ledger.learn(identity, challengeSid, fetched.fact);
    if (!known.challenge) throw new Refusal(fetched.code, { ...fetched, standing: known });
    return known;
  }

  /** A dispatch whose reply is lost may have run, so it is given up: nothing was sent yet, and nothing will be. */
  private async dispatch(identity: string, command: Parameters<Ledger['dispatch']>[1]) {
    try {
      return await this.ledger.dispatch(identity, command);
    } catch (cause) {
      const { id, challengeSid } = command;
      await this.ledger
        .settle(identity, { id, challengeSid, settlement: { outcome: 'notSent' } })
        .catch(() => undefined);
      throw cause;
    }
  }

  /** Twilio's outcome decides the answer: when settling fails the lease heals the ledger, and the ledger reports it. */
  private async settle(identity: string, command: SettleCommand, otherwise: Standing): Promise<Standing> {
    try {
      return (await this.ledger.settle(identity, command)).standing;
    } catch (cause) {
      if (cause instanceof Refusal) return otherwise;
      throw cause;
    }
  }
}

/** A session bound to another Challenge sees this one as if it did not exist. */
function mustReach(session: Session, challengeSid: string): void {
  if (session.challengeSid !== undefined && session.challengeSid !== challengeSid)
    throw new Refusal('challenge-not-found');
}

function asBefore({ notification, standing }: { notification?: SentNotification; standing: Standing }): Resent {
  if (!notification) throw new Refusal('delivery-unknown', { standing, replayed: true });
  return { notification, standing, replayed: true };
}

function closedAs({ next }: Standing) {
  switch (next.code) {
    case 'challenge-approved':
    case 'challenge-denied':
    case 'challenge-expired':
    case 'challenge-not-found':
      return next.code;
    default:
      return undefined;
  }
}
