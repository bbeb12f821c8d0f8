/**
 * What the story needs of the world. Abstract classes, so that each is a type and an injection token in one.
 * Milliseconds everywhere; an expected "no" is a value, anything thrown is a `Refusal` or a bug.
 */
import type { LedgerCode, ProviderCode } from './refusal-codes.js';

// ---------------------------------------------------------------------------------------------------- who is asking

/** Whom a credential speaks for. */
export interface Session {
  /** Twilio's identity of the user: 8 to 64 letters, digits and single dashes. Never logged. */
  readonly identity: string;
  /** The only Challenge this session reaches, where it is bound to one. */
  readonly challengeSid?: string;
}

/** Finds the session behind a credential. Throws `session-unavailable` when it can not tell. */
export abstract class SessionDirectory {
  /** @returns undefined for a credential that is unknown, ended or malformed */
  abstract find(credential: string): Promise<Session | undefined>;
}

// -------------------------------------------------------------------------------------------- what a Challenge is

/** Twilio's Challenge status. */
export type ChallengeStatus = 'pending' | 'approved' | 'denied' | 'expired';

/**
 * One thing learnt of a Challenge. Times are ages by Twilio's own `Date`, so that no two clocks need agree.
 * `fetched`: Twilio's answer to a fetch. `responded`: a webhook, taking effect when it is learnt. The others are what
 * Twilio's refusal of a fetch or a Notification gave away: 404, 60323, 60309, 60307.
 */
export type ChallengeFact =
  | {
      readonly kind: 'fetched';
      readonly status: ChallengeStatus;
      readonly isPush: boolean;
      /** Since `dateCreated`, when Twilio sent the automatic first push. */
      readonly ageMs: number;
      /** Until `expirationDate`; 0 or less: over. */
      readonly remainingMs: number;
      /** Since `dateResponded`; only of an approved or denied one. */
      readonly respondedAgoMs?: number;
    }
  | { readonly kind: 'responded'; readonly status: 'approved' | 'denied' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'not-push' };

// ------------------------------------------------------------------------------------------------------ the ledger

/** What the ledger would tell the next new tap on a Challenge. */
export type Verdict =
  | { readonly code: 'ready' }
  | {
      readonly code: LedgerCode;
      /** Exact; absent where time does not help. */
      readonly waitMs?: number;
    };

/** Where a user stands with a Challenge: enough for every screen and header. */
export interface Standing {
  /** What a new tap would be told; never paused where the ledger alone has spoken. */
  readonly next: Verdict | { readonly code: 'resends-paused'; readonly waitMs?: number };
  /** Absent while nothing is known of the Challenge. */
  readonly challenge?: { readonly status: ChallengeStatus; readonly remainingMs: number };
  /** Resends of this Challenge that may have gone out or are under way. */
  readonly resends: { readonly used: number; readonly limit: number };
  /** One for each user limit, in the policy's order. `resetInMs`: until a used one is free again; absent when unused. */
  readonly windows: readonly {
    readonly limit: number;
    readonly windowMs: number;
    readonly used: number;
    readonly resetInMs?: number;
  }[];
  /** How the Challenge ended, in the one answer whose step learnt it; of an end over an hour ago it is not told. */
  readonly ended?: Ended;
}

/** How a Challenge ended, and what resending had to do with it. */
export interface Ended {
  readonly status: 'approved' | 'denied' | 'expired';
  /** Resends that may have gone out before it ended. */
  readonly resends: number;
  /** From the last of them to its end; absent without any. */
  readonly sinceLastMs?: number;
}

/** All that is remembered of a user. */
export interface Overview {
  /** What a Challenge that nobody has heard of would be told: the user's own limits. */
  readonly anew: Standing;
  /** The remembered Challenges, in the order in which they were last heard of. */
  readonly challenges: readonly {
    readonly sid: string;
    /** Since it was created, where Twilio has told. */
    readonly ageMs?: number;
    /** Since its last resend was dispatched. */
    readonly lastResendAgoMs?: number;
    readonly standing: Standing;
  }[];
  /** Until the block ends. */
  readonly blockedMs?: number;
  /** Until the hold after a denial ends. */
  readonly heldMs?: number;
}

/** A tap, as the ledger sees it. */
export interface ReserveCommand {
  /** Random, made before the first write: every later command names it, and each may safely arrive twice. */
  readonly id: string;
  readonly challengeSid: string;
  /** The Idempotency-Key, hashed, and what it was used for (Challenge and ttl), hashed. */
  readonly key?: { readonly hash: string; readonly request: string };
}

/** A resend that Twilio accepted, as it was answered and as a replay repeats it. */
export interface SentNotification {
  /** Twilio's, `NT…`. */
  readonly sid: string;
  readonly ttlSeconds: number;
  /** Epoch milliseconds by the ledger's clock: when the resend was dispatched. */
  readonly sentAt: number;
}

export type Refused = {
  readonly kind: 'refused';
  readonly code: LedgerCode;
  readonly waitMs?: number;
  readonly standing: Standing;
};
export type Reserved =
  | { readonly kind: 'granted'; readonly standing: Standing }
  /** Asked and answered: the same key again, or a second tap in the same moment. No `notification`: outcome unknown. */
  | { readonly kind: 'replayed'; readonly notification?: SentNotification; readonly standing: Standing }
  | Refused;

export interface DispatchCommand {
  readonly id: string;
  readonly challengeSid: string;
  /** What the fetch just taught: learnt in the same step, whatever the answer. */
  readonly fact: ChallengeFact;
}
export type Dispatched =
  /** Go: the lease is renewed. `at` is the resend's stamp; `standing` is as if the resend were already settled. */
  | { readonly kind: 'dispatched'; readonly at: number; readonly standing: Standing }
  /** No, and the reservation is returned. */
  | Refused
  /** The lease is over or forgotten: nothing may be sent for this reservation any more. */
  | { readonly kind: 'lost'; readonly standing: Standing };

/** What became of a dispatched resend. `notSent` needs proof; it gives back exactly what was reserved. */
export type Settlement =
  | { readonly outcome: 'sent'; readonly sid: string; readonly ttlSeconds: number }
  | { readonly outcome: 'notSent' }
  | { readonly outcome: 'unknown' };

export interface SettleCommand {
  readonly id: string;
  readonly challengeSid: string;
  readonly settlement: Settlement;
  /** What Twilio's answer gave away of the Challenge, learnt in the same step. */
  readonly fact?: ChallengeFact;
}
/** `ignored`: settled before, or never reserved here. */
export type Settled = { readonly kind: 'settled' | 'ignored'; readonly standing: Standing };

/**
 * `known`: what is remembered is fresh or final. `ask`: the caller, and nobody else for a while, asks Twilio.
 * `wait`: somebody else is asking and nothing is known yet.
 */
export type Looked = { readonly kind: 'known' | 'ask' | 'wait'; readonly standing: Standing };

/** What a reset ended, as it was just before. */
export interface BeforeReset {
  /** As in a `Standing`: one for each user limit, in the policy's order. */
  readonly windows: Standing['windows'];
  /** What was left of the hold after a denial; absent without one. */
  readonly heldMs?: number;
}

/** What was left of the block that was lifted; absent without one. */
export interface BeforeUnblock {
  readonly blockedMs?: number;
}

/** The operations of the ledger: what each is asked and what it answers. */
export interface LedgerOperations {
  reserve: { command: ReserveCommand; answer: Reserved };
  dispatch: { command: DispatchCommand; answer: Dispatched };
  settle: { command: SettleCommand; answer: Settled };
  peek: { command: { readonly challengeSid: string; readonly fact?: ChallengeFact }; answer: Standing };
  look: { command: { readonly challengeSid: string }; answer: Looked };
  learn: { command: { readonly challengeSid: string; readonly fact: ChallengeFact }; answer: Standing };
  overview: { command: object; answer: Overview };
  reset: { command: object; answer: BeforeReset };
  block: { command: { readonly durationMs: number }; answer: object };
  unblock: { command: object; answer: BeforeUnblock };
}

export type LedgerOperation = keyof LedgerOperations;
export type LedgerCommand<Op extends LedgerOperation> = LedgerOperations[Op]['command'];
export type LedgerAnswer<Op extends LedgerOperation> = LedgerOperations[Op]['answer'];

/**
 * What is remembered of a user's resends. Each operation is atomic, idempotent by the reservation's id, and one round
 * trip. Throws `ledger-unavailable` when there is no answer; the command may then have run.
 */
export abstract class Ledger {
  /** Runs one operation: all that an adapter or a decorator has to implement. */
  abstract run<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>>;

  /** Decides every limit at once and takes the right to one resend, or changes nothing. */
  reserve(identity: string, command: ReserveCommand): Promise<Reserved> {
    return this.run('reserve', identity, command);
  }

  /** The last write before Twilio: go only while the reservation lives and nothing has come between. */
  dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    return this.run('dispatch', identity, command);
  }

  /** Says what became of a reservation. Only the first settlement counts. */
  settle(identity: string, command: SettleCommand): Promise<Settled> {
    return this.run('settle', identity, command);
  }

  /** What a new tap would be answered; with `fact`, as if that had been learnt first. Changes nothing. */
  peek(identity: string, challengeSid: string, fact?: ChallengeFact): Promise<Standing> {
    return this.run('peek', identity, { challengeSid, ...(fact && { fact }) });
  }

  /** `peek`, which also tells one caller at a time to ask Twilio when what is known is old. */
  look(identity: string, challengeSid: string): Promise<Looked> {
    return this.run('look', identity, { challengeSid });
  }

  /**
   * Remembers what a fetch or a webhook taught. A webhook about a Challenge that is not remembered teaches nothing, and
   * the answer has no `challenge`: without its times, a late repetition would look like news. Fetch it first.
   */
  learn(identity: string, challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    return this.run('learn', identity, { challengeSid, fact });
  }

  /** All that is remembered of a user. Changes nothing. */
  overview(identity: string): Promise<Overview> {
    return this.run('overview', identity, {});
  }

  /**
   * Starts the user's windows afresh and ends a hold; touches no cooldown, Challenge count, reservation or key.
   * @returns what was before, from the same step
   */
  reset(identity: string): Promise<BeforeReset> {
    return this.run('reset', identity, {});
  }

  /** No resend for this user for `durationMs`. */
  async block(identity: string, durationMs: number): Promise<void> {
    await this.run('block', identity, { durationMs });
  }

  /** @returns what was before, from the same step */
  unblock(identity: string): Promise<BeforeUnblock> {
    return this.run('unblock', identity, {});
  }
}

/** Who asks for something, and why: recorded with what was done. */
export interface Attribution {
  /** `session` (the phone), `key:<id>`, `client:<id>`, or `twilio` for a webhook. */
  readonly actor: string;
  /** In the words of an internal caller, as is the case that it belongs to. */
  readonly reason?: string;
  readonly reference?: string;
  readonly requestId?: string;
}

/** Opens the ledger on somebody's behalf: what is done through it is recorded as theirs. */
export abstract class Ledgers {
  abstract by(attribution: Attribution): Ledger;
}

// ------------------------------------------------------------------------------------------------- the kill switch

/** No resend for anybody. */
export interface Paused {
  /** Why, in the words of whoever did it. */
  readonly reason: string;
  readonly endsInMs: number;
}

/** The kill switch of all instances. Throws `ledger-unavailable` when it can not tell. */
export abstract class Pause {
  /** @returns undefined while resends go out */
  abstract current(): Promise<Paused | undefined>;
  abstract begin(reason: string, durationMs: number): Promise<void>;
  abstract end(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------- Twilio

export type Fetched =
  | { readonly kind: 'learnt'; readonly fact: ChallengeFact }
  | { readonly kind: 'failed'; readonly code: ProviderCode; readonly waitMs?: number };

export type Created =
  | { readonly outcome: 'sent'; readonly sid: string }
  /**
   * Proven: Twilio did nothing. `code` is the answer to the caller; `fact` is what the refusal gave away.
   * `challenge-answered` (60322) hides whether it was approved or denied: a fetch tells.
   */
  | {
      readonly outcome: 'notSent';
      readonly code: LedgerCode | ProviderCode | 'challenge-answered';
      readonly fact?: ChallengeFact;
      readonly waitMs?: number;
    }
  /** It may have gone out, and nobody can be asked. */
  | { readonly outcome: 'unknown' };

/** Twilio Verify, as far as a resend needs it. Never throws what Twilio or the SDK threw: those carry credentials. */
export abstract class VerifyGateway {
  /**
   * Room for one more resend or fetch towards Twilio, until disposed of; may wait for it, shortly. Taken before anything
   * is reserved, so that waiting never eats a lease. Throws `overloaded` when there is none, and `provider-unavailable`
   * at once, with the wait where it is known, while Twilio is taken to be down.
   */
  abstract takeSlot(): Disposable | Promise<Disposable>;
  abstract fetchChallenge(identity: string, challengeSid: string): Promise<Fetched>;
  /**
   * Creates one Notification, never retried.
   * @param sendBefore reading of `performance.now()`; when the request could not leave by then, it never does
   */
  abstract createNotification(
    identity: string,
    challengeSid: string,
    options: { readonly ttlSeconds: number; readonly sendBefore: number },
  ): Promise<Created>;
}
