/**
 * What anybody outside the ledger can know, and everything that must hold of it: what Twilio was sent, what every
 * command was answered as it ran, and what every tap was told. It never looks at what the ledger remembers.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  ChallengeFact,
  DispatchCommand,
  Dispatched,
  LedgerAnswer,
  LedgerCommand,
  LedgerOperation,
  Overview,
  ReserveCommand,
  Reserved,
  SettleCommand,
  Settled,
  Standing,
} from '@resend/ports.js';
import { cooldownAfter, type Deadlines, type ResendPolicy } from '@resend/policy.js';
import { asked, type End, hear, recalled, teaches, toldOf } from '../support/heard.js';
import { type Attempt, type Book, emptyBook, type Go, isCleared, Memory } from './book.js';
import { CaseCounter, type Teacher } from './case-counter.js';
import type { Schedule } from './schedule.js';
import type { Twilio } from './twilio.js';
import type { Tap } from './tap.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Refusals whose wait is told as one: the longest of them. */
const TIMED = ['held-after-denial', 'user-limit', 'cooling-down'];

/** A command that the ledger ran, and its answer. */
export type Command = { [Op in LedgerOperation]: CommandOf<Op> }[LedgerOperation];

interface CommandOf<Op extends LedgerOperation> {
  readonly operation: Op;
  readonly identity: string;
  readonly command: LedgerCommand<Op>;
  readonly answer: LedgerAnswer<Op>;
}

/** A command of any one operation as a member of the union, which TypeScript can not infer. */
export function ranCommand<Op extends LedgerOperation>(ran: CommandOf<Op>): Command {
  return ran as Command;
}

/** How a tap ended. */
export type Reply =
  | { readonly kind: 'sent'; readonly sid: string; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly waitMs?: number; readonly replayed: boolean };

export interface Violation {
  /** `I1` to `I16`, `kill-switch`, `failover`, or `a bug`. */
  readonly invariant: string;
  readonly what: string;
}

export class OutsideRecord {
  /** All that did not hold in the step in which something did not hold for the first time: the history ends with it. */
  readonly violations: Violation[] = [];
  /** Ends of Challenges that were told. */
  ends = 0;
  private readonly books = new Map<string, Book>();
  private readonly gos = new Map<string, Go>();
  private readonly past: { readonly at: number; readonly identity: string; readonly book: Book }[] = [];
  private readonly names = new Map<string, string>();
  private order = 0;
  private readonly memory: Memory;
  readonly cases: CaseCounter;

  constructor(
    private readonly schedule: Schedule,
    private readonly twilio: Twilio,
    private readonly policy: ResendPolicy,
    private readonly deadlines: Deadlines,
    private readonly canLose: boolean,
  ) {
    this.memory = new Memory(schedule, policy);
    this.cases = new CaseCounter(schedule, twilio, policy, deadlines, this.memory);
  }

  check(holds: boolean, invariant: string, what: string | (() => string)): void {
    if (!holds) this.violations.push({ invariant, what: typeof what === 'string' ? what : what() });
  }

  /** As JSON, with reservations named in the order in which they were made. */
  readable(value: unknown): string {
    const text = JSON.stringify(value) ?? 'nothing';
    return text.replaceAll(/"id":"([^"]+)"/g, (_, id: string) => {
      const name = this.names.get(id) ?? `reservation ${this.names.size + 1}`;
      this.names.set(id, name);
      return `"id":"${name}"`;
    });
  }

  // ------------------------------------------------------------------------------------------------- at the ledger

  beforeCommand(identity: string): void {
    this.order += 1;
    if (this.canLose) {
      this.past.push({ at: this.schedule.now, identity, book: structuredClone(this.book(identity)) });
    }
  }

  ran(ran: Command): void {
    const { identity } = ran;
    const book = this.book(identity);
    const others = [...this.books.values()].filter((other) => other !== book);
    this.cases.command(book, others);
    switch (ran.operation) {
      case 'reserve':
        this.cases.reserve(book, identity, ran.command, ran.answer, others);
        return this.reserved(book, ran.command, ran.answer);
      case 'dispatch':
        return this.dispatched(book, identity, ran.command, ran.answer);
      case 'settle':
        return this.settled(book, ran.command, ran.answer);
      case 'learn': {
        const { challengeSid, fact } = ran.command;
        if (this.heard(book, challengeSid, fact, ran.answer, 'learn')) book.told.clear();
        return this.hold(book, challengeSid, ran.answer);
      }
      case 'look': {
        const { challengeSid } = ran.command;
        const { kind, standing } = ran.answer;
        this.cases.look(book, challengeSid, ran.answer);
        if (kind === 'ask') {
          this.check(!this.memory.isGuess(book, challengeSid), 'I16', 'a look that guesses was sent to ask');
          asked(book.heard, challengeSid, this.schedule.now);
          book.told.clear();
        }
        return this.hold(book, challengeSid, standing);
      }
      case 'peek': {
        const { challengeSid, fact } = ran.command;
        this.check(!ran.answer.ended, 'I15', 'told an end that was only supposed');
        if (fact) return this.cases.supposed(book, challengeSid, fact);
        return this.hold(book, challengeSid, ran.answer);
      }
      case 'overview':
        return this.overviewed(book, ran.answer);
      case 'reset':
        book.clearings.push({ since: this.schedule.now, order: this.order });
        book.heldUntil = -Infinity;
        return book.told.clear();
      case 'block':
        book.blockedUntil = this.schedule.now + ran.command.durationMs;
        return book.told.clear();
      case 'unblock':
        book.blockedUntil = -Infinity;
        return book.told.clear();
    }
  }

  /**
   * I6: a question, a refusal and a replay leave everything as it was, but for a key that is bound to the resend it was
   * given.
   */
  leftAlone(ran: Command, isUnchanged: boolean): void {
    const { operation } = ran;
    const book = this.book(ran.identity);
    if (operation !== 'reserve') {
      this.cases.leftAlone(book, 'question');
      return this.check(isUnchanged, 'I6', `${operation} changed what is remembered`);
    }
    const { kind } = ran.answer;
    const isBinding = kind === 'replayed' && 'key' in ran.command;
    const what = ran.answer.kind === 'refused' ? ran.answer.code : kind;
    if (kind === 'granted' || isBinding) return undefined;
    this.cases.leftAlone(book, kind === 'refused' ? 'refusal' : 'replay');
    return this.check(isUnchanged, 'I6', `${what} changed what is remembered`);
  }

  private reserved(book: Book, { id, challengeSid, key }: ReserveCommand, answer: Reserved): void {
    const { now } = this.schedule;
    const again = book.attempts.get(id);
    const bound = key && book.keys.get(key.hash);
    const holder = bound && book.attempts.get(bound.id);
    if (again && this.memory.isRemembered(again)) {
      this.check(answer.kind === 'granted', 'I5', 'a reserve that arrived twice was refused');
    } else if (bound && holder && this.memory.isRemembered(holder)) {
      this.holdKey(holder, bound.request === key.request, answer);
    }

    switch (answer.kind) {
      case 'granted': {
        if (again && this.memory.isRemembered(again)) break;
        const others = [...book.attempts.values()];
        this.check(!others.some((other) => this.memory.isLive(other)), 'I13', 'granted beside a live reservation');
        const told = book.told.get(challengeSid);
        this.check(!told || now >= told.end, 'I11', () => `granted ${(told?.end ?? 0) - now} ms before a wait is over`);
        this.check(now >= book.blockedUntil, 'I11', 'granted to a user who is blocked');
        this.check(!this.memory.isGuess(book, challengeSid), 'I16', 'a tap that guesses was granted');
        book.attempts.delete(id);
        book.attempts.set(id, { id, challengeSid, reservedAt: now, state: 'reserved', at: now, order: this.order });
        if (key) book.keys.set(key.hash, { id, request: key.request });
        book.told.clear();
        break;
      }
      case 'replayed': {
        const { notification } = answer;
        const given = [...book.attempts.values()].find(({ sid }) => sid !== undefined && sid === notification?.sid);
        const isOfKey = holder !== undefined && this.memory.isRemembered(holder);
        if (notification) this.check(given !== undefined, 'I5', 'replayed what was not sent to this user');
        else this.check(isOfKey, 'I5', 'delivery unknown, to a key that is not known');
        if (given && !isOfKey) {
          const sinceMs = now - (given.settledAt ?? -Infinity);
          this.check(given.challengeSid === challengeSid, 'I5', 'coalesced with another Challenge');
          this.check(sinceMs < this.policy.coalesceMs, 'I5', `coalesced after ${sinceMs} ms`);
          if (key) book.keys.set(key.hash, { id: given.id, request: key.request });
        }
        break;
      }
      case 'refused':
        break;
    }
    this.hold(book, challengeSid, answer.standing);
  }

  /** I5: a key that is remembered tells what became of its resend, and nothing else. */
  private holdKey(holder: Attempt, isSameRequest: boolean, answer: Reserved): void {
    const isRefusedAs = (code: string) => answer.kind === 'refused' && answer.code === code;
    const replayed = answer.kind === 'replayed' ? (answer.notification?.sid ?? 'unknown') : undefined;
    const isLive = this.memory.isLive(holder);
    if (!isSameRequest) this.check(isRefusedAs('idempotency-key-reused'), 'I5', 'a key for two requests');
    else if (holder.state === 'sent')
      this.check(replayed === holder.sid, 'I5', 'a key of a sent resend told otherwise');
    else if (isLive) this.check(isRefusedAs('resend-in-progress'), 'I5', 'a key under way told otherwise');
    else this.check(replayed === 'unknown', 'I5', 'a key of an unknown resend told otherwise');
  }

  private dispatched(
    book: Book,
    identity: string,
    { id, challengeSid, fact }: DispatchCommand,
    answer: Dispatched,
  ): void {
    const { now } = this.schedule;
    this.heard(book, challengeSid, fact, answer.standing, 'dispatch');
    book.told.clear();
    const own = book.attempts.get(id);
    this.cases.dispatch(book, { id, challengeSid, fact }, own, answer);
    const isLive = own !== undefined && this.memory.isLive(own);

    if (answer.kind === 'lost') this.check(!isLive, 'I9', 'a live reservation was lost');
    else if (!own || !isLive) this.check(false, 'I13', `${answer.kind} without a live reservation`);
    else if (own.state === 'dispatched') {
      this.check(answer.kind === 'dispatched' && answer.at === own.at, 'I13', 'a dispatch that arrived twice');
    } else if (answer.kind === 'refused') own.state = 'returned';
    else {
      const gone = [...book.attempts.values()].filter((other) => other !== own && this.memory.mayHaveGoneOut(other));
      this.holdGo(book, own, gone);
      Object.assign(own, { state: 'dispatched', at: now, order: this.order });
      book.attempts.delete(id);
      book.attempts.set(id, own);
      this.cases.wentOn(identity);
      this.gos.set(id, { id, identity, challengeSid, at: now, order: this.order, posts: 0 });
    }
    if (answer.kind !== 'dispatched') this.hold(book, challengeSid, answer.standing);
  }

  /** I1, I2, I3, I8 and I13 at the moment of a dispatch, with every resend that may have gone out. */
  private holdGo(book: Book, { challengeSid }: Attempt, gone: readonly Attempt[]): void {
    const { now } = this.schedule;
    const { policy } = this;
    const underWay = gone.some((other) => other.state === 'dispatched' && this.memory.isLive(other));
    this.check(!underWay, 'I13', 'two under way');
    const earlier = gone.filter((other) => other.challengeSid === challengeSid).length;
    this.check(earlier < policy.maxPerChallenge, 'I3', `resend ${earlier + 1} of a Challenge`);
    const cooldownMs = cooldownAfter(earlier, policy);
    const automatic = this.twilio.challenges.get(challengeSid)?.created ?? -Infinity;
    const apartMs = now - Math.max(automatic, ...gone.map(({ at }) => at));
    this.check(apartMs >= cooldownMs, 'I2', `${apartMs} ms apart, not ${cooldownMs}`);
    for (const { limit, windowMs } of policy.userLimits) {
      const used = gone.filter((other) => now - other.at < windowMs && !isCleared(book, other)).length;
      this.check(used < limit, 'I1', `resend ${used + 1} of ${limit} in ${windowMs} ms`);
    }
    this.check(book.answered.get(challengeSid) !== 'denied', 'I8', 'dispatched for a Challenge known as denied');
    this.check(now >= book.heldUntil, 'I8', `dispatched ${book.heldUntil - now} ms before the hold is over`);
    this.check(now >= book.blockedUntil, 'I8', 'dispatched during a block');
  }

  private settled(book: Book, { id, challengeSid, settlement, fact }: SettleCommand, answer: Settled): void {
    const own = book.attempts.get(id);
    const isOpen =
      own !== undefined && this.memory.isRemembered(own) && own.state !== 'sent' && own.state !== 'unknown';
    this.cases.settle(book, own, { id, challengeSid, settlement }, answer);
    this.check((answer.kind === 'settled') === isOpen, 'I4', () => `${answer.kind}, of what was ${own?.state}`);
    if (answer.kind === 'settled' && own) {
      const isReturned = settlement.outcome === 'notSent' && !this.memory.isOvertaken(book, own);
      const kept = settlement.outcome === 'notSent' ? 'unknown' : settlement.outcome;
      own.state = isReturned ? 'returned' : kept;
      own.settledAt = this.schedule.now;
      if (settlement.outcome === 'sent') own.sid = settlement.sid;
      if (settlement.outcome === 'notSent') {
        this.check(!this.gos.get(id)?.push, 'I4', 'gave back a resend that went out');
      }
      book.told.clear();
    }
    if (fact) {
      this.heard(book, challengeSid, fact, answer.standing, 'settle');
      book.told.clear();
    } else this.check(!answer.standing.ended, 'I15', 'told an end that nobody told it');
    this.hold(book, challengeSid, answer.standing);
  }

  /**
   * I14: a webhook teaches of a Challenge that is known, and of no other. I15: the first word of an end tells it.
   * @returns whether it taught anything
   */
  private heard(
    book: Book,
    sid: string,
    fact: ChallengeFact,
    { challenge, ended }: Standing,
    teacher: Teacher,
  ): boolean {
    const { now } = this.schedule;
    this.cases.fact(book, sid, fact, teacher);
    const isDue = teaches(book.heard, sid, fact, now);
    if (fact.kind === 'responded' && isDue !== (challenge !== undefined && challenge.status !== 'pending')) {
      this.check(false, 'I14', isDue ? 'a webhook taught nothing' : 'a webhook out of nowhere taught');
      return isDue;
    }
    const end = isDue ? hear(book.heard, sid, fact, now) : undefined;
    const due = end && toldOf(end, this.memory.dispatchedAt(book, sid), now);
    this.cases.end(book, sid, end, ended, fact, teacher);
    const isTold = isDeepStrictEqual(ended, due);
    this.check(isTold, 'I15', () => `told ${JSON.stringify(ended)}, not ${JSON.stringify(due)}`);
    if (ended) {
      this.check(!book.ended.has(sid), 'I15', 'told an end twice');
      book.ended.add(sid);
      this.ends += 1;
    }
    if (end) this.takeEffect(book, sid, end);
    return isDue;
  }

  /** An approval or a denial: once, and again only from the same moment, when the ledger has forgotten it meanwhile. */
  private takeEffect(book: Book, sid: string, { status, at }: End): void {
    if (status === 'expired') return;
    const isAgain = book.answered.has(sid) && this.schedule.now - at < HOUR_MS;
    this.check(!isAgain, 'I14', 'an answer took effect again');
    book.answered.set(sid, status);
    if (status === 'approved') book.clearings.push({ since: at, order: this.order });
    else book.heldUntil = Math.max(book.heldUntil, at + this.policy.denyHoldMs);
  }

  /** Support is told of every Challenge that is known, and nothing that is not so. */
  private overviewed(book: Book, { anew, challenges, heldMs = 0, blockedMs = 0 }: Overview): void {
    const { now } = this.schedule;
    const sids = challenges.map(({ sid }) => sid);
    this.check(isDeepStrictEqual(sids, recalled(book.heard, now)), 'I14', 'an overview of other Challenges');
    this.check(heldMs === Math.max(0, book.heldUntil - now), 'I11', `told a hold of ${heldMs} ms`);
    this.check(blockedMs === Math.max(0, book.blockedUntil - now), 'I11', `told a block of ${blockedMs} ms`);
    this.hold(book, 'a Challenge that nobody has heard of', anew);
    for (const { sid, lastResendAgoMs, standing } of challenges) {
      const last = this.memory.dispatchedAt(book, sid).at(-1);
      const agoMs = last === undefined ? undefined : now - last;
      this.check(lastResendAgoMs === agoMs, 'I4', `the last resend was ${agoMs} ms ago, not ${lastResendAgoMs}`);
      this.hold(book, sid, standing);
    }
  }

  /**
   * A standing counts exactly what was taken and not given back (I4), its waits are exact (I11), and it refuses a guess
   * exactly when it is one too many (I16).
   */
  private hold(book: Book, sid: string, { next, resends, windows }: Standing): void {
    const { now } = this.schedule;
    const isRefused = next.code === 'too-many-requests';
    this.check(
      isRefused === this.memory.isGuess(book, sid),
      'I16',
      () => `${next.code} about ${isRefused ? 'no' : 'a'} guess too many`,
    );
    const taken = this.memory.counted(book);
    const used = taken.filter(({ challengeSid }) => challengeSid === sid).length;
    this.check(resends.used === used, 'I4', `${resends.used} resends of a Challenge are counted, not ${used}`);
    for (const window of windows) {
      const inWindow = taken.filter((one) => now - one.at < window.windowMs && !isCleared(book, one)).length;
      this.check(window.used === inWindow, 'I4', `${window.used} resends are counted in a window, not ${inWindow}`);
    }
    const before = book.told.get(sid);
    if (before) {
      const reasons = TIMED.includes(before.code) ? TIMED : [before.code];
      const isSame = reasons.includes(next.code);
      if (now >= before.end) this.check(!isSame, 'I11', `${next.code} after waiting for ${before.code}`);
      else this.check(next.code !== 'ready', 'I11', `ready before a wait for ${before.code} is over`);
      if (isSame && 'waitMs' in next) {
        this.cases.toldAgain({ next });
        this.check(now + (next.waitMs ?? 0) <= before.end, 'I11', `a wait for ${before.code} grew`);
      }
    }
    if ('waitMs' in next && next.waitMs !== undefined && next.code !== 'resend-in-progress') {
      const end = now + next.waitMs;
      if (!before || now >= before.end || end < before.end) book.told.set(sid, { code: next.code, end });
    }
  }

  // ---------------------------------------------------------------------------------------------------- at Twilio

  /** I13: a create leaves on a dispatch that said so, in time, once. */
  posted(tap: Tap | undefined, identity: string): void {
    const go = tap?.id === undefined ? undefined : this.gos.get(tap.id);
    if (!tap || !go) return this.check(false, 'I13', 'a create without a dispatch');
    go.posts += 1;
    if (tap.instance !== undefined) go.instance = tap.instance;
    const sinceMs = this.schedule.now - go.at;
    this.check(tap.heardGo === true, 'I13', 'a create on a dispatch whose answer was not heard');
    this.check(go.posts === 1, 'I13', 'two creates on one reservation');
    this.check(sinceMs <= this.deadlines.dispatchToSendMs, 'I13', `a create ${sinceMs} ms after its dispatch`);
    this.check(go.identity === identity && tap.identity === identity, 'I12', 'a create for somebody else');
    return undefined;
  }

  /** A create has reached Twilio. */
  created(
    tap: Tap | undefined,
    { challengeSid, ttlSeconds }: { identity: string; challengeSid: string; ttlSeconds: number },
    answer: string | number,
  ): void {
    const go = tap?.id === undefined ? undefined : this.gos.get(tap.id);
    if (!tap || !go) return;
    const { now } = this.schedule;
    const earlier = [...this.gos.values()].filter((other) => other.identity === go.identity && other !== go);
    const onChallenge = earlier.filter((other) => other.challengeSid === challengeSid && other.push);
    if (typeof answer === 'string') this.cases.created(go, onChallenge);
    const isAfterLoss = onChallenge.some(({ isForgotten }) => isForgotten);
    if (answer === 60_309) this.check(isAfterLoss, 'I3', 'Twilio had to say 60309');
    if (typeof answer !== 'string') return;

    const key = tap.idempotencyKey;
    go.push = { sid: answer, at: now, expires: now + ttlSeconds * 1000, ...(key !== undefined && { key }) };
    tap.pushed = answer;
    this.check(tap.toldNo === undefined, 'I5', () => `sent a push after telling ${tap.toldNo}`);
    this.check(go.challengeSid === challengeSid, 'I12', 'a push for another Challenge');
    if (go.isForgotten) return;

    const known = earlier.filter((other) => !other.isForgotten && other.push);
    const ofChallenge = known.filter((other) => other.challengeSid === challengeSid);
    this.check(ofChallenge.length < this.policy.maxPerChallenge, 'I3', `push ${ofChallenge.length + 1} of a Challenge`);
    const isQueued = ofChallenge.some(({ push }) => push && push.expires > now);
    this.check(!isQueued, 'I10', 'two resends of a Challenge are queued');
    const hasKey = key !== undefined && known.some(({ push, at }) => push?.key === key && now - at < DAY_MS);
    this.check(!hasKey, 'I5', 'two pushes for one key');

    const own = this.book(go.identity).attempts.get(go.id);
    this.check(own !== undefined && own.state !== 'returned', 'I4', 'a resend that went out had been given back');
    for (const other of known) {
      const apartMs = Math.abs(go.at - other.at);
      const least = Math.min(...this.policy.cooldownsMs);
      this.check(apartMs >= least, 'I2', `two pushes dispatched ${apartMs} ms apart`);
    }
    this.holdWindows(go, known);
  }

  /** I1 by Twilio's own record. */
  private holdWindows(go: Go, known: readonly Go[]): void {
    const book = this.book(go.identity);
    for (const { limit, windowMs } of this.policy.userLimits) {
      const isCounted = (other: Go) =>
        go.at - other.at < windowMs &&
        !book.clearings.some(({ since, order }) => other.at <= since && other.order < order && order <= go.order);
      const used = known.filter((other) => other.at <= go.at && isCounted(other)).length;
      this.check(used < limit, 'I1', `push ${used + 1} of ${limit} in ${windowMs} ms`);
    }
  }

  // ------------------------------------------------------------------------------------------------- at the screen

  /** What a tap is told is true, and is what the ledger said. */
  told(tap: Tap, reply: Reply): void {
    const { refused } = tap;
    const isStopped = reply.kind === 'refused' && reply.code === 'resends-paused';
    this.check(
      isStopped === (tap.isPaused === true),
      'kill-switch',
      isStopped ? 'a pause that is over' : 'no pause for this tap',
    );
    if (isStopped) this.check(tap.id === undefined, 'kill-switch', 'reserved during a pause');
    if (reply.kind === 'sent') {
      const go = [...this.gos.values()].find(({ push }) => push?.sid === reply.sid);
      const isTheirs = go?.identity === tap.identity && go.challengeSid === tap.challengeSid;
      this.check(isTheirs, 'I12', 'told of a push that is not theirs');
      if (!reply.replayed) this.check(tap.pushed === reply.sid, 'I5', 'told of a push that another tap sent');
      return;
    }
    if (reply.code === 'delivery-unknown') {
      this.check(reply.replayed || tap.heardGo === true, 'I13', 'may have been sent, without a dispatch');
      return;
    }
    tap.toldNo = reply.code;
    this.check(tap.pushed === undefined, 'I5', `told ${reply.code}, and a push had gone out`);
    if (refused && refused.code === reply.code) {
      this.check(refused.waitMs === reply.waitMs, 'I11', 'told another wait than the ledger’s');
    }
  }

  // ------------------------------------------------------------------------------------------------------- crashes

  /** The process of a tap has crashed. */
  crashed({ id, identity }: Tap): void {
    if (id !== undefined) this.cases.crash(identity, this.book(identity).attempts.get(id), this.gos.get(id));
  }

  /** A dispatch without a reply. Nothing is sent on it. */
  unheard({ id }: Tap): void {
    const isGone = id !== undefined && this.gos.has(id);
    this.cases.reached('a dispatch ran, its reply was lost, and nothing was sent', isGone);
  }

  /** I7: what is stored of anybody when the last resend was 25 h ago. */
  left(stored: readonly string[]): void {
    this.check(stored.length === 0, 'I7', () => `left behind: ${stored.join(', ')}`);
    for (const book of this.books.values()) this.cases.forgotten(book);
  }

  // ----------------------------------------------------------------------------------------------------- failover

  /** Everything the ledger did after `time` is lost. @returns how many resends it forgot, of the user it forgot most of */
  failover(time: number): number {
    const isReturned = ({ id, identity }: Go) => this.book(identity).attempts.get(id)?.state === 'returned';
    // What was given back has gone nowhere.
    const gone = [...this.gos.values()].filter((go) => !isReturned(go));
    for (let last = this.past.at(-1); last && last.at > time; last = this.past.at(-1)) {
      this.books.set(last.identity, last.book);
      this.past.pop();
    }
    const forgotten = new Map<string, number>();
    for (const go of gone) {
      const attempt = this.book(go.identity).attempts.get(go.id);
      if (go.isForgotten || go.at <= time || (attempt && attempt.state !== 'reserved')) continue;
      go.isForgotten = true;
      forgotten.set(go.identity, (forgotten.get(go.identity) ?? 0) + 1);
    }
    for (const book of this.books.values()) book.told.clear();
    return Math.max(0, ...forgotten.values());
  }

  // -------------------------------------------------------------------------------------------------- for the plot

  /** Moments at which something of this user's is over. */
  boundaries(identity: string): number[] {
    const { cooldownsMs, userLimits, leaseMs, coalesceMs, maxChallengeAgeMs } = this.policy;
    const { attempts, told, heldUntil, blockedUntil } = this.book(identity);
    const recent = [...attempts.values()].slice(-4);
    const windows = userLimits.map(({ windowMs }) => windowMs);
    const challenges = [...this.twilio.challenges.values()].filter((one) => one.identity === identity).slice(-2);
    return [
      ...recent.flatMap(({ at }) => [...cooldownsMs, ...cooldownsMs, ...windows, leaseMs].map((ms) => at + ms)),
      ...recent.flatMap(({ reservedAt }) => [reservedAt + leaseMs, reservedAt + leaseMs]),
      ...recent.flatMap(({ settledAt }) => (settledAt === undefined ? [] : [settledAt + coalesceMs])),
      ...challenges.flatMap(({ created }) => [...cooldownsMs, maxChallengeAgeMs].map((ms) => created + ms)),
      ...challenges.map(({ expires }) => expires),
      ...[...told.values()].flatMap(({ end }) => [end, end, end, end]),
      heldUntil,
      heldUntil,
      blockedUntil,
      blockedUntil,
    ];
  }

  blockedUntil(identity: string): number {
    return this.book(identity).blockedUntil;
  }

  private book(identity: string): Book {
    let book = this.books.get(identity);
    if (!book) {
      book = emptyBook();
      this.books.set(identity, book);
    }
    return book;
  }
}
