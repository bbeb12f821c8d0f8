/** Counts the cases that the invariants speak of, from what the outside record sees of each event before it notes it. */
import { cooldownAfter, type Deadlines, type ResendPolicy } from '@resend/policy.js';
import type {
  ChallengeFact,
  DispatchCommand,
  Dispatched,
  Ended,
  Looked,
  ReserveCommand,
  Reserved,
  SettleCommand,
  Settled,
  Standing,
} from '@resend/ports.js';
import { type End, isUnanswered, recall, recalled, unknownOf } from '../support/heard.js';
import { type Attempt, type Book, type Go, isCleared, type Memory } from './book.js';
import type { Counts, Probe } from './probes.js';
import type { Schedule } from './schedule.js';
import type { Twilio } from './twilio.js';

/** The step that learns a fact. */
export type Teacher = 'dispatch' | 'settle' | 'learn';

const HOUR_MS = 3_600_000;
const MAX_UNKNOWN = 8;

const GRANTED_AFTER: Readonly<Record<string, Probe>> = {
  'cooling-down': 'a tap was granted in the millisecond in which a cooldown ended',
  'user-limit': 'a tap was granted in the millisecond in which a window had room',
  'held-after-denial': 'a tap was granted in the millisecond in which the hold ended',
  blocked: 'a tap was granted in the millisecond in which a block ended',
};
const LEARNT_BY: Readonly<Record<Teacher, Probe>> = {
  dispatch: 'a tap learnt an answer before its dispatch',
  settle: 'a refused create led to the answer',
  learn: 'a look or the fetch after a webhook learnt an answer',
};
const TOLD_BY: Readonly<Record<Teacher, Probe>> = {
  dispatch: 'a tap told an end before its dispatch',
  settle: 'a settling told an end',
  learn: 'a look or a webhook told an end',
};

export class CaseCounter {
  readonly counts: Counts = new Map();
  private readonly crashed = new Set<string>();

  constructor(
    private readonly schedule: Schedule,
    private readonly twilio: Twilio,
    private readonly policy: ResendPolicy,
    private readonly deadlines: Deadlines,
    private readonly memory: Memory,
  ) {}

  reached(probe: Probe, isReached = true): void {
    if (isReached) this.counts.set(probe, (this.counts.get(probe) ?? 0) + 1);
  }

  // ------------------------------------------------------------------------------------------------- at the ledger

  command(book: Book, others: readonly Book[]): void {
    const isBeside = this.hasMemory(book) && others.some((other) => this.hasMemory(other));
    this.reached('a command ran beside what is remembered of another user', isBeside);
  }

  reserve(book: Book, identity: string, command: ReserveCommand, answer: Reserved, others: readonly Book[]): void {
    const { challengeSid, key } = command;
    const again = book.attempts.get(command.id);
    if (again && this.memory.isRemembered(again)) return this.reached('a reserve arrived twice');
    const owner = this.twilio.challenges.get(challengeSid)?.identity ?? identity;
    this.reached('a tap asked for a Challenge of another user', owner !== identity);
    const isShared = key !== undefined && others.some(({ keys }) => keys.has(key.hash));
    this.reached('a tap had a key that another user has used', isShared);

    const bound = key && book.keys.get(key.hash);
    const holder = bound && book.attempts.get(bound.id);
    const isHeld = holder !== undefined && this.memory.isRemembered(holder);
    if (isHeld) return this.keyAgain(answer, bound?.request === key?.request);
    this.reached(
      'a key came again after its resend was given back',
      answer.kind === 'granted' && holder?.state === 'returned',
    );
    if (answer.kind === 'replayed') return this.reached('a second tap right after the first got its answer');
    if (answer.kind === 'refused') return this.refused(book, challengeSid, answer);
    const asked = recall(book.heard, challengeSid, this.schedule.now);
    const isAskedToo = asked !== undefined && unknownOf(book.heard, [], this.schedule.now).has(challengeSid);
    this.reached('a tap asked about an unknown Challenge that a look had asked about', isAskedToo);
    const told = book.told.get(challengeSid);
    const probe = told && told.end === this.schedule.now ? GRANTED_AFTER[told.code] : undefined;
    if (probe) this.reached(probe);
  }

  private keyAgain(answer: Reserved, isSameRequest: boolean): void {
    if (!isSameRequest) return this.reached('a key came again with another request');
    if (answer.kind === 'refused') return this.reached('a key came again while its resend was under way');
    const isSent = answer.kind === 'replayed' && answer.notification !== undefined;
    if (isSent) return this.reached('a key came again after its resend was sent');
    return this.reached('a key came again after an unknown outcome');
  }

  private refused(book: Book, sid: string, { code, waitMs }: Extract<Reserved, { kind: 'refused' }>): void {
    const { now } = this.schedule;
    this.reached('a tap came one millisecond before the end of its wait', waitMs === 1);
    switch (code) {
      case 'user-limit':
        return this.reached('a tap was refused by a full window');
      case 'cooling-down': {
        const isAutomatic = [...book.attempts.values()].every((one) => !this.memory.isRemembered(one));
        this.reached('a tap was refused inside a cooldown', !isAutomatic);
        this.reached('a tap was refused inside the cooldown of the automatic push', isAutomatic);
        return this.reached('a tap was refused one millisecond before the end of a cooldown', waitMs === 1);
      }
      case 'challenge-limit': {
        const used = this.memory.counted(book).filter(({ challengeSid }) => challengeSid === sid);
        if (used.length < this.policy.maxPerChallenge) return undefined;
        this.reached('a tap was refused at the cap of its Challenge');
        const isUnknown = used.some(({ state }) => state === 'unknown' || state === 'dispatched');
        return this.reached('a cap was reached by a resend that nobody knows the outcome of', isUnknown);
      }
      case 'challenge-denied':
        return this.reached('a tap was refused because its Challenge was denied');
      case 'held-after-denial':
        this.reached('a wait was longer than its first reason', waitMs !== undefined && now + waitMs > book.heldUntil);
        return this.reached('a tap was refused during the hold');
      case 'too-many-requests':
        return this.reached('a tap was refused as one guess too many');
      case 'resend-in-progress': {
        const open = [...book.attempts.values()].find((one) => this.memory.isLive(one));
        const isRenewed = open !== undefined && now - open.reservedAt >= this.policy.leaseMs;
        this.reached('a tap was refused beside one under way');
        this.reached('a tap was refused beside one whose lease the dispatch had renewed', isRenewed);
        return this.reached('two taps came in the same millisecond, and one was refused', open?.reservedAt === now);
      }
      default:
        return undefined;
    }
  }

  /** @param own its reservation, before this dispatch */
  dispatch(book: Book, { challengeSid }: DispatchCommand, own: Attempt | undefined, answer: Dispatched): void {
    const { now } = this.schedule;
    if (answer.kind === 'lost') {
      this.reached('a dispatch came after its lease was over', own !== undefined);
      return this.reached('a lease gave back a reservation before its dispatch came', own?.state === 'reserved');
    }
    if (own?.state === 'dispatched') return this.reached('a dispatch arrived twice');
    if (answer.kind === 'refused') {
      const isDenied = answer.code === 'challenge-denied' || answer.code === 'held-after-denial';
      this.reached('a denial came between the reservation and its dispatch', isDenied);
      return this.reached('a block came between the reservation and its dispatch', answer.code === 'blocked');
    }
    const gone = [...book.attempts.values()].filter((one) => one !== own && this.memory.mayHaveGoneOut(one));
    for (const { limit, windowMs } of this.policy.userLimits) {
      const inWindow = gone.filter((one) => now - one.at < windowMs);
      const counted = inWindow.filter((one) => !isCleared(book, one));
      const leaving = gone.filter((one) => now - one.at === windowMs && !isCleared(book, one));
      this.reached('the last place of a window was taken', counted.length === limit - 1);
      this.reached(
        'a place was taken in the millisecond in which it came free',
        leaving.length > 0 && counted.length + leaving.length >= limit,
      );
      this.reached('a full window was started afresh by an approval or a reset', inWindow.length >= limit);
    }
    const earlier = gone.filter((one) => one.challengeSid === challengeSid).length;
    const automatic = this.twilio.challenges.get(challengeSid)?.created ?? -Infinity;
    const apartMs = now - Math.max(automatic, ...gone.map(({ at }) => at));
    const isExact = apartMs === cooldownAfter(earlier, this.policy);
    this.reached('a resend left in the millisecond in which its cooldown ended', isExact);
    this.reached('the last resend of a Challenge left', earlier === this.policy.maxPerChallenge - 1);
    this.reached('a resend left in the millisecond in which the hold ended', now === book.heldUntil);
  }

  settle(book: Book, own: Attempt | undefined, { settlement }: SettleCommand, answer: Settled): void {
    if (answer.kind === 'ignored') {
      return this.reached('a settlement came twice, and counted once', own?.settledAt !== undefined);
    }
    if (!own) return undefined;
    this.reached('a settlement came after its lease, and counted', !this.memory.isLive(own));
    this.reached('an unknown outcome stayed counted', settlement.outcome === 'unknown');
    if (settlement.outcome !== 'notSent') return undefined;
    if (this.memory.isOvertaken(book, own)) {
      return this.reached('a notSent gave back nothing, because a later push had left');
    }
    this.reached('a notSent gave back a resend that was not the newest', own !== this.memory.counted(book).at(-1));
    return this.reached(
      own.state === 'reserved'
        ? 'a notSent gave back a reservation before its dispatch'
        : 'a notSent gave back a dispatched resend',
    );
  }

  /** What a fact is to the ledger. */
  fact(book: Book, sid: string, fact: ChallengeFact, teacher: Teacher): void {
    const known = recall(book.heard, sid, this.schedule.now);
    const isForgotten = !known && (book.heard.get(sid)?.status ?? 'not-found') !== 'not-found';
    this.reached('a Challenge was forgotten an hour after the last word of it', isForgotten);
    const status = known?.status;
    const isKnown = status !== undefined && status !== 'not-found';
    const isAnswered = status === 'approved' || status === 'denied';
    if (fact.kind === 'responded') {
      if (!isKnown) return this.reached('a webhook about an unknown Challenge changed nothing');
      if (status !== 'pending') return this.reached('a webhook told an answer that was known');
      return this.reached('a webhook was the first to tell an answer');
    }
    if (fact.kind !== 'fetched' || fact.respondedAgoMs === undefined || isAnswered) return undefined;
    return this.reached(LEARNT_BY[teacher]);
  }

  /** @param end the first word of it, if it is */
  end(book: Book, sid: string, end: End | undefined, ended: Ended | undefined, fact: ChallengeFact, by: Teacher): void {
    const { now } = this.schedule;
    const isWordOfEnd =
      fact.kind === 'responded' || fact.kind === 'expired' || (fact.kind === 'fetched' && fact.status !== 'pending');
    if (!end) {
      const status = recall(book.heard, sid, now)?.status ?? 'pending';
      const isOver = status !== 'pending' && status !== 'not-found';
      return this.reached('an end was heard again, and not told again', isWordOfEnd && isOver);
    }
    if (!ended) return this.reached('an end of more than an hour ago was not told', now - end.at >= HOUR_MS);
    const own = [...book.attempts.values()].filter(({ challengeSid }) => challengeSid === sid);
    const isReserved = own.some((one) => one.state === 'reserved' && this.memory.isLive(one));
    this.reached(TOLD_BY[by]);
    this.reached('an approval came during the hold', end.status === 'approved' && now < book.heldUntil);
    this.reached('an end was told with resends', ended.resends > 0);
    this.reached('an end was told while a resend was only reserved', isReserved);
    this.reached(
      'an end was told without a resend that left after it',
      ended.resends < this.memory.dispatchedAt(book, sid).length,
    );
    this.reached('an expiry was told later than it was', end.status === 'expired' && end.at < now);
  }

  look(book: Book, sid: string, { kind, standing }: Looked): void {
    const { now } = this.schedule;
    if (standing.next.code === 'too-many-requests') {
      return this.reached('a look was refused as one guess too many');
    }
    if (kind !== 'ask') return undefined;
    const unknown = unknownOf(book.heard, this.memory.tapped(book), now);
    const isFull = unknown.size >= MAX_UNKNOWN;
    const isKnown = isFull && !unknown.has(sid);
    this.reached('an eighth unknown Challenge was asked about', unknown.size === MAX_UNKNOWN - 1 && !unknown.has(sid));
    this.reached('one of eight unknown Challenges was asked about again', isFull && unknown.has(sid));
    this.reached('a known Challenge was asked about beside eight unknown ones', isKnown);
    this.reached('a question that nobody answered ended by itself', isUnanswered(book.heard, sid, now));
  }

  /** A command that is to change nothing has run. */
  leftAlone(book: Book, what: 'refusal' | 'replay' | 'question'): void {
    if (this.hasMemory(book)) this.reached(`a ${what} left a memory as it was`);
  }

  supposed(book: Book, sid: string, fact: ChallengeFact): void {
    const isAnswer = fact.kind === 'fetched' && fact.respondedAgoMs !== undefined;
    const { status } = recall(book.heard, sid, this.schedule.now) ?? {};
    const changesStanding = status === undefined || status === 'pending' || status === 'not-found';
    this.reached('a dry run supposed an answer, and it was not remembered', isAnswer && changesStanding);
  }

  toldAgain({ next }: Pick<Standing, 'next'>): void {
    this.reached('a wait was told again, and had not grown', 'waitMs' in next && next.waitMs !== undefined);
  }

  // ---------------------------------------------------------------------------------------------------- at Twilio

  /** @param earlier pushes of the same Challenge */
  created(go: Go, earlier: readonly Go[]): void {
    const { now } = this.schedule;
    this.reached('a push reached Twilio a second or more after its dispatch', now - go.at >= 1000);
    this.reached(
      'two instances sent pushes of one Challenge',
      earlier.some(({ instance }) => instance !== go.instance),
    );
    const waited = earlier.filter(({ push }) => push && push.expires > push.at);
    // The longest that a create may take, and the second that a ttl is rounded by.
    const slackMs = this.deadlines.createMs + this.deadlines.dispatchToSendMs + 1000;
    const close = waited.filter(({ push }) => push && now - push.expires <= slackMs);
    this.reached('a push followed one of its Challenge whose ttl had ended', waited.length > 0);
    this.reached('a push followed as soon as that ttl allowed', close.length > 0);
    this.reached(
      'a push followed such a late one as soon as the cooldown allowed',
      close.some(({ push, at }) => push && push.at - at >= 1000),
    );
  }

  // ------------------------------------------------------------------------------------------------------- crashes

  /** The process of a tap has crashed. @param attempt the tap's reservation */
  crash(identity: string, attempt: Attempt | undefined, go: Go | undefined): void {
    if (!attempt || !this.memory.isLive(attempt)) return;
    this.crashed.add(identity);
    if (attempt.state === 'reserved') this.reached('a crash between the reservation and its dispatch');
    else if (go?.posts === 0) this.reached('a crash between the dispatch and its create');
    else this.reached('a crash between the create and its settling');
  }

  /** A resend of this user has left. */
  wentOn(identity: string): void {
    this.reached('a user whose process had crashed sent again', this.crashed.delete(identity));
  }

  /** Nothing of a user is left, 25 h after the last resend. */
  forgotten({ attempts, blockedUntil }: Book): void {
    this.reached('a user was forgotten 25 h after the last resend', attempts.size > 0);
    this.reached('a block ended by itself', blockedUntil > 0);
  }

  private hasMemory(book: Book): boolean {
    return this.memory.counted(book).length > 0 || recalled(book.heard, this.schedule.now).length > 0;
  }
}
