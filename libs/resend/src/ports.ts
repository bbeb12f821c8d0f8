/**
 * The ports of the domain. Abstract classes, so that each is a type and an injection token in one.
 * Milliseconds everywhere; an expected "no" is a value, anything thrown is a `Refusal` or a bug.
 */
import type { SessionReason } from './credential-reasons.js';
import type { LedgerCode, ProviderCode } from './refusal-codes.js';

// ---------------------------------------------------------------------------------------------------- who is asking

/** The user that a credential belongs to. */
export interface Session {
  /** Twilio's identity of the user: 8 to 64 letters, digits and single dashes. Never logged. */
  readonly identity: string;
  /** The only Challenge that this session may use, if it is bound to one. */
  readonly challengeSid?: string;
}

/**
 * Reads a record as part of a combined Redis command.
 * @returns null without such a record
 */
export type ReadRecord = (key: string) => Promise<string | null>;

/** Finds the session behind a credential. Throws `session-unavailable` when the lookup fails. */
export abstract class SessionDirectory {
  /**
   * @param read an adapter may read its record with it; it must ask for it before its first await
   * @returns the session, or why the credential is refused
   */
  abstract find(credential: string, read?: ReadRecord): Promise<Session | SessionReason>;

  /**
   * Rate-limit key of a session, computed before verification: the same for every accepted encoding of a credential,
   * and not guessable without it.
   */
  countedBy(credential: string): string {
    return credential;
  }
}

// -------------------------------------------------------------------------------------------- what a Challenge is

/** Twilio's Challenge status. */
export type ChallengeStatus = 'pending' | 'approved' | 'denied' | 'expired';

/**
 * One fact about a Challenge. Times are relative to Twilio's `Date` header, so that the clocks need not agree.
 * `fetched`: Twilio's answer to a fetch. `responded`: a webhook, which takes effect when it is learnt. The others come
 * from Twilio's refusal of a fetch or a Notification: 404, 60323, 60309, 60307.
 */
export type ChallengeFact =
  | {
      readonly kind: 'fetched';
      readonly status: ChallengeStatus;
      readonly isPush: boolean;
      /** Since `dateCreated`, when Twilio sent the automatic first push. */
      readonly ageMs: number;
      /** Until `expirationDate`; 0 or less once it has expired. */
      readonly remainingMs: number;
      /** Since `dateResponded`; only if it was approved or denied. */
      readonly respondedAgoMs?: number;
    }
  | { readonly kind: 'responded'; readonly status: 'approved' | 'denied' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'not-push' };

// ------------------------------------------------------------------------------------------------------ the ledger

/** The ledger's answer to the next new tap on a Challenge. */
export type Verdict =
  | { readonly code: 'ready' }
  | {
      readonly code: LedgerCode;
      /** Exact; absent when waiting does not help. */
      readonly waitMs?: number;
    };

/** A user's state for a Challenge: enough for every screen and header. */
export interface Standing {
  /** The answer to a new tap. The ledger itself never says `resends-paused`. */
  readonly next: Verdict | { readonly code: 'resends-paused'; readonly waitMs?: number };
  /** Absent while the Challenge is unknown. */
  readonly challenge?: { readonly status: ChallengeStatus; readonly remainingMs: number };
  /** Resends of this Challenge that may have gone out or are under way. */
  readonly resends: { readonly used: number; readonly limit: number };
  /** One for each user limit, in the policy's order. `resetInMs`: until one is free again; absent when none is used. */
  readonly windows: readonly {
    readonly limit: number;
    readonly windowMs: number;
    readonly used: number;
    readonly resetInMs?: number;
  }[];
  /** How the Challenge ended: only in the answer of the step that learnt it, and only within an hour of the end. */
  readonly ended?: Ended;
}

/** How a Challenge ended, and after how many resends. */
export interface Ended {
  readonly status: 'approved' | 'denied' | 'expired';
  /** Resends that may have gone out before it ended. */
  readonly resends: number;
  /** From the last of them to its end; absent without any. */
  readonly sinceLastMs?: number;
}

/** All that is remembered of a user. */
export interface Overview {
  /** The standing for a new Challenge: only the user's own limits. */
  readonly anew: Standing;
  /** The remembered Challenges, least recently seen first. */
  readonly challenges: readonly {
    readonly sid: string;
    /** Since it was created; absent before the first fetch. */
    readonly ageMs?: number;
    /** Since its last resend was dispatched; absent without any. */
    readonly lastResendAgoMs?: number;
    readonly standing: Standing;
  }[];
  /** Until the block ends. */
  readonly blockedMs?: number;
  /** Until the hold after a denial ends. */
  readonly heldMs?: number;
}

/** A tap, as the ledger is given it. */
export interface ReserveCommand {
  /** Random, made before the first write. Every later command carries it, so that each may safely arrive twice. */
  readonly id: string;
  readonly challengeSid: string;
  /** Hashes of the Idempotency-Key and of the request it was used for (Challenge and ttl). */
  readonly key?: { readonly hash: string; readonly request: string };
}

/** A resend that Twilio accepted. A replay repeats it unchanged. */
export interface SentNotification {
  /** Twilio's Notification SID, `NT…`. */
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
  /** The same key again, or a second tap right after the first. No `notification`: the outcome is unknown. */
  | { readonly kind: 'replayed'; readonly notification?: SentNotification; readonly standing: Standing }
  | Refused;

export interface DispatchCommand {
  readonly id: string;
  readonly challengeSid: string;
  /** Result of the fetch: learnt in the same step, whatever the answer. */
  readonly fact: ChallengeFact;
}
export type Dispatched =
  /** Send it; the lease is renewed. `at` is the resend's time; `standing` is as if it were already settled. */
  | { readonly kind: 'dispatched'; readonly at: number; readonly standing: Standing }
  /** Do not send it; the reservation is returned. */
  | Refused
  /** The lease has expired or was lost: nothing may be sent for this reservation. */
  | { readonly kind: 'lost'; readonly standing: Standing };

/** Outcome of a dispatched resend. `notSent` needs proof, and gives back exactly what was reserved. */
export type Settlement =
  | { readonly outcome: 'sent'; readonly sid: string; readonly ttlSeconds: number }
  | { readonly outcome: 'notSent' }
  | { readonly outcome: 'unknown' };

export interface SettleCommand {
  readonly id: string;
  readonly challengeSid: string;
  readonly settlement: Settlement;
  /** What Twilio's answer revealed about the Challenge, learnt in the same step. */
  readonly fact?: ChallengeFact;
}
/** `ignored`: settled before, or never reserved here. */
export type Settled = { readonly kind: 'settled' | 'ignored'; readonly standing: Standing };

/**
 * `known`: the standing is fresh or final. `ask`: this caller, and no other for a while, should ask Twilio.
 * `wait`: another caller is asking, and nothing is known yet.
 */
export type Looked = { readonly kind: 'known' | 'ask' | 'wait'; readonly standing: Standing };

/** What a reset ended, as it was just before. */
export interface BeforeReset {
  /** As in a `Standing`: one for each user limit, in the policy's order. */
  readonly windows: Standing['windows'];
  /** What was left of the hold after a denial; absent without one. */
  readonly heldMs?: number;
}

export interface BeforeUnblock {
  /** What was left of the block; absent without one. */
  readonly blockedMs?: number;
}

/** The operations of the ledger: the command and the answer of each. */
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
 * The memory of each user's resends. Each operation is atomic, idempotent by the reservation's id, and one round
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

  /** The last write before Twilio: succeeds only while the lease is alive and no refusal has arrived since. */
  dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    return this.run('dispatch', identity, command);
  }

  /** Records the outcome of a reservation. Only the first settlement counts. */
  settle(identity: string, command: SettleCommand): Promise<Settled> {
    return this.run('settle', identity, command);
  }

  /** The answer to a new tap; with `fact`, as if that had been learnt first. Changes nothing. */
  peek(identity: string, challengeSid: string, fact?: ChallengeFact): Promise<Standing> {
    return this.run('peek', identity, { challengeSid, ...(fact && { fact }) });
  }

  /** `peek`, which also tells one caller at a time to ask Twilio when the status is stale. */
  look(identity: string, challengeSid: string): Promise<Looked> {
    return this.run('look', identity, { challengeSid });
  }

  /**
   * Stores a fact from a fetch or a webhook. A webhook about an unknown Challenge is ignored, and the answer has no
   * `challenge`: without the Challenge's times, a late repetition would look new. Fetch the Challenge first.
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

  /** Refuses every resend of this user for `durationMs`. Replaces an earlier block. */
  async block(identity: string, durationMs: number): Promise<void> {
    await this.run('block', identity, { durationMs });
  }

  /** Ends a block. @returns what was before, from the same step */
  unblock(identity: string): Promise<BeforeUnblock> {
    return this.run('unblock', identity, {});
  }
}

/** The caller and reason of an action, recorded with it. */
export interface Attribution {
  /** `session` (the phone), `key:<id>`, `client:<id>`, or `twilio` for a webhook. */
  readonly actor: string;
  /** Written by an internal caller, like the case reference. */
  readonly reason?: string;
  readonly reference?: string;
  readonly requestId?: string;
}

/** Opens the ledger on a caller's behalf: its operations are recorded as that caller's. */
export abstract class Ledgers {
  abstract by(attribution: Attribution): Ledger;
}

// ------------------------------------------------------------------------------------------------- the kill switch

/** The kill switch is on: no resends for any user. */
export interface Paused {
  /** The reason given by the caller who paused them. */
  readonly reason: string;
  readonly endsInMs: number;
}

/** The kill switch of all instances. Throws `ledger-unavailable` when its state can not be read or written. */
export abstract class Pause {
  /**
   * @param read as in `SessionDirectory.find`
   * @returns undefined while resends are not paused
   */
  abstract current(read?: ReadRecord): Promise<Paused | undefined>;
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
   * Twilio provably did nothing. `code` is the answer to the caller; `fact` is what the refusal revealed.
   * `challenge-answered` (60322) does not say whether it was approved or denied; a fetch does.
   */
  | {
      readonly outcome: 'notSent';
      readonly code: LedgerCode | ProviderCode | 'challenge-answered';
      readonly fact?: ChallengeFact;
      readonly waitMs?: number;
    }
  /** It may have been sent; there is no way to know. */
  | { readonly outcome: 'unknown' };

/** What a slot is for. Looks come last; a dry run counts as one. */
export type SlotUse = 'tap' | 'webhook' | 'look';

/** The part of Twilio Verify that a resend needs. Never rethrows errors of the SDK: those carry credentials. */
export abstract class VerifyGateway {
  /**
   * A slot for one resend or fetch, held until it is disposed of; may wait briefly for a free one. It is taken before
   * the reservation, so that queueing never uses up the lease. Throws `overloaded` when no slot is free,
   * `too-many-requests` when this user holds the maximum per user, and `provider-unavailable` at once, with the wait if
   * it is known, while the breaker is open.
   */
  abstract takeSlot(identity: string, use: SlotUse): Disposable | Promise<Disposable>;
  abstract fetchChallenge(identity: string, challengeSid: string): Promise<Fetched>;
  /**
   * Creates one Notification, never retried.
   * @param sendBefore deadline as a reading of `performance.now()`: a request that has not left by then is not sent
   */
  abstract createNotification(
    identity: string,
    challengeSid: string,
    options: { readonly ttlSeconds: number; readonly sendBefore: number },
  ): Promise<Created>;
}
