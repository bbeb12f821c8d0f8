import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { FirstMisses } from './first-misses.js';
import { hashedKey, reservationId } from './idempotency.js';
import { CHALLENGE_SID, IDENTITY } from './patterns.js';
import type { Deadlines, ResendPolicy } from './policy.js';
import {
  type Attribution,
  type Created,
  type DispatchCommand,
  type Dispatched,
  type Fetched,
  type Ledger,
  Ledgers,
  Pause,
  type Paused,
  type ReserveCommand,
  type SentNotification,
  type Session,
  type SettleCommand,
  type SlotUse,
  type Standing,
  VerifyGateway,
} from './ports.js';
import { Refusal, type RefusalDetails } from './refusals.js';
import type { RefusalCode } from './refusal-codes.js';
import { notificationTtlSeconds } from './ttl.js';

/** One press of the button. */
export interface Tap {
  readonly session: Session;
  readonly challengeSid: string;
  readonly by: Attribution;
  readonly idempotencyKey?: string;
  /** Seconds; can only shorten the ttl of the push. */
  readonly ttlSeconds?: number;
  /** Whether resends are paused, if that has been read for this tap already. */
  readonly paused?: Promise<Paused | undefined>;
}

export interface Resent {
  readonly notification: SentNotification;
  readonly standing: Standing;
  /** True when this tap repeated an earlier one, and only that one sent a push. */
  readonly replayed: boolean;
}

/** The outcome of a tap as a value. `replayed`: it repeated an earlier tap, and only that one sent a push. */
export type ResendResult =
  | ({ readonly kind: 'sent' | 'replayed' } & Pick<Resent, 'notification' | 'standing'>)
  | ({ readonly kind: 'refused'; readonly code: RefusalCode } & RefusalDetails);

/** The clock of the use case. */
export interface StoryClock {
  /** A monotonic reading in milliseconds; in production `performance.now()`, as in the gateway. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

/** Twilio was not called, because no slot was free. */
interface NoSlot extends RefusalDetails {
  readonly kind: 'failed';
  readonly code: RefusalCode;
}

const NOT_SENT = { outcome: 'notSent' } as const;

/** First pause of a look that waits for another caller's fetch, in milliseconds; it doubles each time. */
const LOOK_AGAIN_MS = 50;

/** The use case: one press becomes at most one push. Every "no" on the way is a `Refusal`. */
@Injectable()
export class ResendService {
  private readonly misses: { readonly fetch: FirstMisses; readonly create: FirstMisses };

  constructor(
    private readonly ledgers: Ledgers,
    private readonly verify: VerifyGateway,
    private readonly policy: ResendPolicy,
    private readonly deadlines: Deadlines,
    private readonly pause: Pause,
    private readonly clock: StoryClock = { now: () => performance.now(), sleep },
  ) {
    const misses = () => new FirstMisses(policy.challengeCacheMs, () => clock.now());
    this.misses = { fetch: misses(), create: misses() };
  }

  async resend(tap: Tap): Promise<Resent> {
    const { challengeSid } = tap;
    const { identity } = tap.session;
    mustReach(tap.session, challengeSid);
    await this.mustNotBePaused(tap);
    using _room = await this.verify.takeSlot(identity, 'tap');

    const ledger = this.ledgers.by(tap.by);
    const id = reservationId();
    const reserved = await ledger.reserve(identity, { id, challengeSid, ...keyOf(tap) });
    if (reserved.kind === 'refused') throw new Refusal(reserved.code, reserved);
    if (reserved.kind === 'replayed') return asBefore(reserved);

    const fetched = await this.fetch(identity, challengeSid, reserved.standing);
    if (fetched.kind === 'failed') {
      const standing = await this.settle(
        ledger,
        identity,
        { id, challengeSid, settlement: NOT_SENT },
        reserved.standing,
      );
      throw new Refusal(fetched.code, { ...fetched, standing });
    }

    const sendBefore = this.clock.now() + this.deadlines.dispatchToSendMs;
    const dispatched = await this.dispatch(ledger, identity, { id, challengeSid, fact: fetched.fact });
    if (dispatched.kind === 'refused') throw new Refusal(dispatched.code, dispatched);
    if (dispatched.kind === 'lost') throw new Refusal('ledger-unavailable', dispatched);

    const ttlSeconds = this.ttlOf(tap, dispatched.standing);
    const created = await this.verify.createNotification(identity, challengeSid, { ttlSeconds, sendBefore });

    const settle = (command: Pick<SettleCommand, 'settlement' | 'fact'>) =>
      this.settle(ledger, identity, { id, challengeSid, ...command }, dispatched.standing);
    switch (created.outcome) {
      case 'sent': {
        const { sid } = created;
        const standing = await settle({ settlement: { outcome: 'sent', sid, ttlSeconds } });
        return { notification: { sid, ttlSeconds, sentAt: dispatched.at }, standing, replayed: false };
      }
      case 'unknown':
        throw new Refusal('delivery-unknown', { standing: await settle({ settlement: created }) });
      case 'notSent': {
        if (created.fact?.kind === 'not-found' && !this.misses.create.isConfirmed(identity, challengeSid)) {
          const standing = await settle({ settlement: NOT_SENT });
          throw new Refusal('provider-unavailable', { waitMs: this.policy.challengeCacheMs, standing });
        }
        const fact = await this.factBehind(identity, challengeSid, created, dispatched.standing);
        const standing = await settle({ settlement: NOT_SENT, ...fact });
        const code = created.code === 'challenge-answered' ? (closedAs(standing) ?? 'provider-error') : created.code;
        throw new Refusal(code, { ...created, standing });
      }
    }
  }

  /** `resend` for callers that prefer values to exceptions: a `Refusal` becomes a value. A bug still throws. */
  async attempt(tap: Tap): Promise<ResendResult> {
    try {
      const { notification, standing, replayed } = await this.resend(tap);
      return { kind: replayed ? 'replayed' : 'sent', notification, standing };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { kind: 'refused', code: error.code, ...error.details };
    }
  }

  /**
   * The standing, for a screen that opens, returns or polls. Sends and spends nothing.
   * @param paused as in a `Tap`; read again after a wait for Twilio
   */
  async standing(
    session: Session,
    challengeSid: string,
    by: Attribution,
    paused?: Promise<Paused | undefined>,
  ): Promise<Standing> {
    const { identity } = session;
    const ledger = this.ledgers.by(by);
    mustReach(session, challengeSid);
    const giveUpAt = this.clock.now() + this.deadlines.fetchMs;
    let looked = await ledger.look(identity, challengeSid);
    const isKnown = looked.kind === 'known';
    for (let pauseMs = LOOK_AGAIN_MS; looked.kind === 'wait' && this.clock.now() < giveUpAt; pauseMs *= 2) {
      await this.clock.sleep(Math.min(pauseMs, giveUpAt - this.clock.now()));
      looked = await ledger.look(identity, challengeSid);
    }
    const known = looked.standing;
    const standing = looked.kind === 'ask' ? await this.ask(ledger, identity, challengeSid, known) : known;

    if (standing.next.code === 'challenge-not-found' || standing.next.code === 'too-many-requests') {
      throw new Refusal(standing.next.code, { ...standing.next, standing });
    }
    if (!standing.challenge) throw new Refusal('provider-unavailable', { standing });
    return underPause(standing, await ((isKnown ? paused : undefined) ?? this.pause.current()));
  }

  /**
   * A dry run: the result that a tap would get. Sends, spends and stores nothing, and calls Twilio only if nothing else
   * refuses.
   */
  async rehearse(session: Session, challengeSid: string, by: Attribution): Promise<Standing> {
    const { identity } = session;
    const ledger = this.ledgers.by(by);
    mustReach(session, challengeSid);
    const paused = await this.pause.current();
    const known = underPause(await ledger.peek(identity, challengeSid), paused);
    if (known.next.code !== 'ready') return known;
    const fetched = await this.fetchInSlot('look', identity, challengeSid, known);
    if (fetched.kind === 'failed') throw new Refusal(fetched.code, { ...fetched, standing: known });
    return ledger.peek(identity, challengeSid, fetched.fact);
  }

  /**
   * Learns from a webhook that the user has answered on the phone. It takes effect once, even if late or repeated.
   * @returns the standing, with `ended` if this was the first to report the end
   */
  async answered(
    identity: string,
    challengeSid: string,
    status: 'approved' | 'denied',
    by: Attribution,
  ): Promise<Standing> {
    const ledger = this.ledgers.by(by);
    const word = { kind: 'responded', status } as const;
    const known = await ledger.learn(identity, challengeSid, word);
    if (known.challenge) return known;
    const fetched = await this.fetchInSlot('webhook', identity, challengeSid, known);
    if (fetched.kind === 'failed') throw new Refusal(fetched.code, { ...fetched, standing: known });
    const { fact } = fetched;
    const standing = await ledger.learn(identity, challengeSid, fact);
    // The webhook can arrive before Twilio's own record has changed.
    const isFaster = fact.kind === 'fetched' && fact.status === 'pending';
    return isFaster ? ledger.learn(identity, challengeSid, word) : standing;
  }

  private async mustNotBePaused({ paused: asked }: Tap): Promise<void> {
    const paused = await (asked ?? this.pause.current());
    if (paused) throw new Refusal('resends-paused', { waitMs: paused.endsInMs });
  }

  /** Fetches the status for all pollers. If that fails, returns the last known standing. */
  private async ask(ledger: Ledger, identity: string, challengeSid: string, known: Standing): Promise<Standing> {
    const fetched = await this.fetchInSlot('look', identity, challengeSid, known);
    if (fetched.kind === 'learnt') return ledger.learn(identity, challengeSid, fetched.fact);
    if (!known.challenge) throw new Refusal(fetched.code, { ...fetched, standing: known });
    return known;
  }

  /** Twilio may briefly miss a Challenge known as pending: the first time counts as a failed fetch. */
  private async fetch(identity: string, challengeSid: string, known: Standing): Promise<Fetched> {
    const fetched = await this.verify.fetchChallenge(identity, challengeSid);
    if (fetched.kind === 'failed') return fetched;
    if (fetched.fact.kind !== 'not-found') this.misses.fetch.forget(identity, challengeSid);
    else if (known.challenge?.status === 'pending' && !this.misses.fetch.isConfirmed(identity, challengeSid)) {
      return { kind: 'failed', code: 'provider-unavailable', waitMs: this.policy.challengeCacheMs };
    }
    return fetched;
  }

  /** A fetch with its own slot. No free slot counts as a failed fetch. */
  private async fetchInSlot(
    use: SlotUse,
    identity: string,
    challengeSid: string,
    known: Standing,
  ): Promise<Fetched | NoSlot> {
    try {
      using _room = await this.verify.takeSlot(identity, use);
      return await this.fetch(identity, challengeSid, known);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      return { ...cause.details, kind: 'failed', code: cause.code };
    }
  }

  /** A dispatch without a reply may have run. It is settled as not sent, and nothing is sent. */
  private async dispatch(ledger: Ledger, identity: string, command: DispatchCommand): Promise<Dispatched> {
    try {
      return await ledger.dispatch(identity, command);
    } catch (cause) {
      const { id, challengeSid } = command;
      await ledger.settle(identity, { id, challengeSid, settlement: NOT_SENT }).catch(() => undefined);
      throw cause;
    }
  }

  private ttlOf({ ttlSeconds: askedSeconds }: Tap, { resends, challenge }: Standing): number {
    const asked = askedSeconds === undefined ? {} : { askedSeconds };
    const push = { sent: resends.used, remainingMs: challenge?.remainingMs ?? 0, ...asked };
    return notificationTtlSeconds(push, this.policy, this.deadlines);
  }

  /** What a refused create revealed about the Challenge. 60322 does not tell approved from denied, so fetch it. */
  private async factBehind(
    identity: string,
    challengeSid: string,
    { code, fact }: Extract<Created, { outcome: 'notSent' }>,
    known: Standing,
  ): Promise<Pick<SettleCommand, 'fact'>> {
    if (code !== 'challenge-answered') return fact ? { fact } : {};
    const fetched = await this.fetch(identity, challengeSid, known);
    return fetched.kind === 'learnt' ? { fact: fetched.fact } : {};
  }

  /** Twilio's outcome decides the answer. If settling fails, the ledger reports it, and the lease's end corrects it. */
  private async settle(
    ledger: Ledger,
    identity: string,
    command: SettleCommand,
    otherwise: Standing,
  ): Promise<Standing> {
    try {
      return (await ledger.settle(identity, command)).standing;
    } catch (cause) {
      if (cause instanceof Refusal) return otherwise;
      throw cause;
    }
  }
}

/**
 * A session bound to another Challenge sees this one as if it did not exist. Malformed values must not reach a
 * reservation: the gateway refuses them, and the reservation would then block the user until its lease ends.
 */
function mustReach(session: Session, challengeSid: string): void {
  if (!IDENTITY.test(session.identity)) {
    throw new TypeError(
      "session.identity is not Twilio's: 8 to 64 letters and digits, in groups joined by single dashes",
    );
  }
  const isBoundToOther = session.challengeSid !== undefined && session.challengeSid !== challengeSid;
  if (isBoundToOther) throw new Refusal('challenge-not-found', { reason: 'other-challenge' });
  if (!CHALLENGE_SID.test(challengeSid)) throw new Refusal('challenge-not-found');
}

/** A pause hides every other verdict but the end of the Challenge. */
function underPause(standing: Standing, paused: Paused | undefined): Standing {
  if (!paused || closedAs(standing)) return standing;
  return { ...standing, next: { code: 'resends-paused' } };
}

function keyOf({ idempotencyKey, challengeSid, ttlSeconds }: Tap): Pick<ReserveCommand, 'key'> {
  if (idempotencyKey === undefined) return {};
  return { key: hashedKey(idempotencyKey, { challengeSid, ...(ttlSeconds !== undefined && { ttlSeconds }) }) };
}

function asBefore({ notification, standing }: { notification?: SentNotification; standing: Standing }): Resent {
  if (!notification) throw new Refusal('delivery-unknown', { standing, replayed: true });
  return { notification, standing, replayed: true };
}

/** The code of a Challenge that has ended or was not found; otherwise undefined. */
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
