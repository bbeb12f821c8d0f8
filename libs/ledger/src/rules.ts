/**
 * The ledger as a pure function: (state, command, now) → (state, answer). It is the engine of the in-process ledger, and
 * the specification of `ledger.lua`, which mirrors it function by function and is tested against it. Times are epoch
 * milliseconds; names that end in `Ms` are durations.
 */
import type {
  BeforeReset,
  BeforeUnblock,
  ChallengeFact,
  ChallengeStatus,
  DispatchCommand,
  Dispatched,
  Ended,
  LedgerAnswer,
  LedgerCommand,
  LedgerOperation,
  Looked,
  Overview,
  Refused,
  ReserveCommand,
  Reserved,
  SettleCommand,
  Settled,
  Standing,
  Verdict,
} from '@resend/ports.js';
import { cooldownAfter, type ResendPolicy } from '@resend/policy.js';

/** Resends and their keys are remembered this long. No user limit may look further back. */
const RETENTION_MS = 24 * 3_600_000;
/** Challenges and denials are remembered this long; Twilio lets a Challenge live 60 minutes. */
const CHALLENGE_RETENTION_MS = 3_600_000;
/** A Challenge that Twilio did not find, or has not answered for yet, counts as unknown for this long. */
const UNKNOWN_MS = 30_000;
/** This many unknown Challenges count as guessing: the next one has to wait. */
const MAX_UNKNOWN = 8;
/** Maximum number of Challenges remembered per user: of known ones, and of unknown ones. */
const MAX_CHALLENGES = 32;
/** Maximum number of Idempotency-Keys that share one resend. */
const MAX_KEYS = 8;

/** Everything remembered about one user. */
export interface UserState {
  /** Oldest first: every resend that is reserved, dispatched, or may have gone out. */
  readonly resends: readonly Resend[];
  readonly challenges: readonly Challenge[];
  /** The last denial, which starts the hold; a reset removes it. */
  readonly denied?: number;
  /** End of a block set by support or the fraud team. */
  readonly blockedUntil?: number;
}

/** `dispatched` past its lease counts as unknown, and may still be settled once. */
export interface Resend {
  readonly id: string;
  readonly challenge: string;
  readonly state: 'reserved' | 'dispatched' | 'sent' | 'unknown';
  /** The time of its reservation, later of its dispatch. Cooldowns and windows count from here. */
  readonly at: number;
  /** The end of its lease, while it is reserved or dispatched. */
  readonly until?: number;
  /** An approval or a reset came after it: no window counts it. A mark, since stamps moved to now would tie. */
  readonly cleared?: true;
  /** When it was settled as sent. */
  readonly settled?: number;
  /** Twilio's Notification SID and its ttl in seconds, once sent. */
  readonly sid?: string;
  readonly ttl?: number;
  /** Idempotency-Key hash → hash of the request it was used for. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** What is known of a Challenge. Without `status` and marks, a fetch has started but not ended. */
export interface Challenge {
  readonly sid: string;
  readonly status?: ChallengeStatus | 'not-found';
  readonly created?: number;
  readonly expires?: number;
  /** When Twilio was last asked, or a fact was last learnt. */
  readonly seen: number;
  /** Twilio refused a push because the Challenge had reached Twilio's own cap. */
  readonly exhausted?: true;
  readonly notPush?: true;
}

export const NOTHING: UserState = { resends: [], challenges: [] };

/** The state after a command, and its answer. */
export interface Step<Answer> {
  readonly state: UserState;
  readonly answer: Answer;
}

// ------------------------------------------------------------------------------------------------------ operations

export function reserve(before: UserState, command: ReserveCommand, now: number, policy: ResendPolicy): Step<Reserved> {
  const { id, challengeSid, key } = command;
  const state = refresh(before, now, policy);
  const standing = () => standingOf(state, challengeSid, now, policy);

  if (state.resends.some((resend) => resend.id === id)) {
    return { state, answer: { kind: 'granted', standing: standing() } };
  }

  const keyed = key && state.resends.find((resend) => resend.keys?.[key.hash] !== undefined);
  if (keyed) {
    if (keyed.keys?.[key.hash] !== key.request) return { state, answer: refused('idempotency-key-reused', standing()) };
    if (isOpen(keyed, now)) return { state, answer: refused(inProgress(keyed, now), standing()) };
    return { state, answer: replayed(keyed, standing()) };
  }

  const closed = closedOrBlocked(state, challengeSid, now);
  if (closed) return { state, answer: refused(closed, standing()) };

  const twin = state.resends.findLast((resend) => resend.challenge === challengeSid);
  if (twin?.settled !== undefined && now - twin.settled < policy.coalesceMs) {
    if (!key) return { state, answer: replayed(twin, standing()) };
    if (Object.keys(twin.keys ?? {}).length < MAX_KEYS) {
      const bound = { ...twin, keys: { ...twin.keys, [key.hash]: key.request } };
      return { state: replaceResend(state, bound), answer: replayed(twin, standing()) };
    }
  }

  const verdict = verdictOn(state, challengeSid, now, policy);
  if (verdict.code !== 'ready') return { state, answer: refused(verdict, standing()) };

  const reservation: Resend = {
    id,
    challenge: challengeSid,
    state: 'reserved',
    at: now,
    until: now + policy.leaseMs,
    ...(key && { keys: { [key.hash]: key.request } }),
  };
  const after = { ...state, resends: [...state.resends, reservation] };
  return { state: after, answer: { kind: 'granted', standing: standingOf(after, challengeSid, now, policy) } };
}

export function dispatch(
  before: UserState,
  { id, challengeSid, fact }: DispatchCommand,
  now: number,
  policy: ResendPolicy,
): Step<Dispatched> {
  const { state, ...news } = learnt(refresh(before, now, policy), challengeSid, fact, now);
  const standing = (after: UserState, except?: string) => ({
    ...standingOf(after, challengeSid, now, policy, except),
    ...news,
  });
  const own = state.resends.find((resend) => resend.id === id);

  if (!own || !isOpen(own, now)) return { state, answer: { kind: 'lost', standing: standing(state) } };
  if (own.state === 'dispatched') {
    return { state, answer: { kind: 'dispatched', at: own.at, standing: standing(state, id) } };
  }

  const returned = { ...state, resends: state.resends.filter((resend) => resend !== own) };
  const verdict = verdictOn(returned, challengeSid, now, policy);
  if (verdict.code !== 'ready') return { state: returned, answer: refused(verdict, standing(returned)) };

  const { cleared: _before, ...afresh } = own;
  const leaving: Resend = { ...afresh, state: 'dispatched', at: now, until: now + policy.leaseMs };
  const after = { ...returned, resends: [...returned.resends, leaving] };
  return { state: after, answer: { kind: 'dispatched', at: now, standing: standing(after, id) } };
}

export function settle(before: UserState, command: SettleCommand, now: number, policy: ResendPolicy): Step<Settled> {
  const { challengeSid, fact } = command;
  const { kind, after } = settled(refresh(before, now, policy), command, now);
  // The fact is applied last, so that a resend that was not sent is not counted in how the Challenge ended.
  const { state, ...news } = fact ? learnt(after, challengeSid, fact, now) : { state: after };
  return { state, answer: { kind, standing: { ...standingOf(state, challengeSid, now, policy), ...news } } };
}

export function peek(
  before: UserState,
  { challengeSid, fact }: LedgerCommand<'peek'>,
  now: number,
  policy: ResendPolicy,
): Step<Standing> {
  const state = refresh(before, now, policy);
  const supposed = fact ? learnt(state, challengeSid, fact, now).state : state;
  return { state, answer: standingOf(supposed, challengeSid, now, policy) };
}

export function overview(before: UserState, _command: object, now: number, policy: ResendPolicy): Step<Overview> {
  const state = refresh(before, now, policy);
  return {
    state,
    answer: {
      anew: standingOf(state, '', now, policy),
      challenges: state.challenges.map(({ sid, created }) => {
        const last = dispatchedOf(state, sid).at(-1);
        return {
          sid,
          ...(created !== undefined && { ageMs: now - created }),
          ...(last && { lastResendAgoMs: now - last.at }),
          standing: standingOf(state, sid, now, policy),
        };
      }),
      ...blockView(state, now),
      ...holdView(state, now, policy),
    },
  };
}

export function look(
  before: UserState,
  { challengeSid }: LedgerCommand<'look'>,
  now: number,
  policy: ResendPolicy,
): Step<Looked> {
  const state = refresh(before, now, policy);
  const standing = () => standingOf(state, challengeSid, now, policy);
  const challenge = state.challenges.find(({ sid }) => sid === challengeSid);

  const isFinal = challenge?.status !== undefined && challenge.status !== 'pending';
  if (isFinal || isGuessing(state, challengeSid, now))
    return { state, answer: { kind: 'known', standing: standing() } };
  if (challenge && now - challenge.seen < policy.challengeCacheMs) {
    return { state, answer: { kind: challenge.status ? 'known' : 'wait', standing: standing() } };
  }
  return {
    state: remembered(state, { ...(challenge ?? { sid: challengeSid }), seen: now }, now),
    answer: { kind: 'ask', standing: standing() },
  };
}

export function learn(
  before: UserState,
  { challengeSid, fact }: LedgerCommand<'learn'>,
  now: number,
  policy: ResendPolicy,
): Step<Standing> {
  const { state, ...news } = learnt(refresh(before, now, policy), challengeSid, fact, now);
  return { state, answer: { ...standingOf(state, challengeSid, now, policy), ...news } };
}

export function reset(before: UserState, _command: object, now: number, policy: ResendPolicy): Step<BeforeReset> {
  const held = refresh(before, now, policy);
  const { denied: _ended, ...state } = held;
  return {
    state: cleared(state, now),
    answer: { windows: windowsOf(held, now, policy), ...holdView(held, now, policy) },
  };
}

export function block(
  before: UserState,
  { durationMs }: LedgerCommand<'block'>,
  now: number,
  policy: ResendPolicy,
): Step<object> {
  return { state: { ...refresh(before, now, policy), blockedUntil: now + durationMs }, answer: {} };
}

export function unblock(before: UserState, _command: object, now: number, policy: ResendPolicy): Step<BeforeUnblock> {
  const blocked = refresh(before, now, policy);
  const { blockedUntil: _ended, ...state } = blocked;
  return { state, answer: blockView(blocked, now) };
}

type Rule<Op extends LedgerOperation> = (
  before: UserState,
  command: LedgerCommand<Op>,
  now: number,
  policy: ResendPolicy,
) => Step<LedgerAnswer<Op>>;
type Rules = { readonly [Op in LedgerOperation]: Rule<Op> };

/** The rule of each operation. */
export const RULES: Rules = { reserve, dispatch, settle, peek, look, learn, overview, reset, block, unblock };

// ------------------------------------------------------------------------------------------------------- decisions

/** Rows 2 to 9 of the decision table, without row 4. `except`: an open resend to ignore. */
function verdictOn(
  state: UserState,
  challengeSid: string,
  now: number,
  policy: ResendPolicy,
  except?: string,
): Verdict {
  const closed = closedOrBlocked(state, challengeSid, now);
  if (closed) return closed;

  const open = state.resends.find((resend) => isOpen(resend, now) && resend.id !== except);
  if (open) return inProgress(open, now);

  const holdMs = holdLeft(state, now, policy);
  const windowMs = Math.max(
    ...policy.userLimits.map((limit) => windowLeft(counted(state, limit.windowMs, now), limit, now)),
  );
  const cooldownMs = cooldownLeft(state, challengeSid, now, policy);
  const waitMs = Math.max(holdMs, windowMs, cooldownMs);

  if (holdMs > 0) return { code: 'held-after-denial', waitMs };
  if (isUsedUp(state, challengeSid, now, policy)) return { code: 'challenge-limit' };
  if (windowMs > 0) return { code: 'user-limit', waitMs };
  if (cooldownMs > 0) return { code: 'cooling-down', waitMs };
  return { code: 'ready' };
}

/** Rows 2 and 3: the Challenge has ended, or the user is blocked or guessing. */
function closedOrBlocked(
  state: UserState,
  challengeSid: string,
  now: number,
): Exclude<Verdict, { code: 'ready' }> | undefined {
  const challenge = state.challenges.find(({ sid }) => sid === challengeSid);
  if (challenge?.status === 'approved') return { code: 'challenge-approved' };
  if (challenge?.status === 'denied') return { code: 'challenge-denied' };
  if (challenge?.status === 'expired') return { code: 'challenge-expired' };
  if (challenge?.status === 'not-found') return { code: 'challenge-not-found' };
  if (challenge?.expires !== undefined && challenge.expires <= now) return { code: 'challenge-expired' };
  if (challenge?.notPush) return { code: 'challenge-not-push' };
  if (isGuessing(state, challengeSid, now)) {
    const ends = [...unknown(state, now).values()].toSorted((a, b) => a - b);
    return { code: 'too-many-requests', waitMs: (ends.at(-MAX_UNKNOWN) ?? now) - now };
  }
  if (state.blockedUntil !== undefined) return { code: 'blocked', waitMs: state.blockedUntil - now };
  return undefined;
}

/** Reserved or dispatched, with a live lease. */
function isOpen(resend: Resend, now: number): boolean {
  return resend.until !== undefined && now < resend.until;
}

/**
 * A later push of the Challenge was sent, with a ttl that counts this one. Giving this one back now would allow a third
 * push while that one may still be waiting for the phone.
 */
function isOvertaken({ resends }: UserState, own: Resend): boolean {
  const later = resends.slice(resends.indexOf(own) + 1);
  return later.some(({ challenge, state }) => challenge === own.challenge && state !== 'reserved');
}

function inProgress(resend: Resend, now: number): Exclude<Verdict, { code: 'ready' }> {
  return { code: 'resend-in-progress', waitMs: Math.max(1000, (resend.until ?? now) - now) };
}

function holdLeft({ denied }: UserState, now: number, { denyHoldMs }: ResendPolicy): number {
  return denied === undefined ? 0 : Math.max(0, denied + denyHoldMs - now);
}

function isUsedUp(state: UserState, challengeSid: string, now: number, policy: ResendPolicy): boolean {
  const challenge = state.challenges.find(({ sid }) => sid === challengeSid);
  if (challenge?.exhausted) return true;
  if (challenge?.created !== undefined && now - challenge.created > policy.maxChallengeAgeMs) return true;
  return resendsOf(state, challengeSid) >= policy.maxPerChallenge;
}

function resendsOf(state: UserState, challengeSid: string): number {
  return state.resends.filter((resend) => resend.challenge === challengeSid).length;
}

/** The resends of a Challenge that may have gone out, oldest first. */
function dispatchedOf({ resends }: UserState, challengeSid: string): readonly Resend[] {
  return resends.filter(({ challenge, state }) => challenge === challengeSid && state !== 'reserved');
}

/** The resends that a window counts: within it, and after the last approval or reset. */
function counted({ resends }: UserState, windowMs: number, now: number): readonly Resend[] {
  return resends.filter((resend) => now - resend.at < windowMs && !resend.cleared);
}

/** Milliseconds until the window has room again; 0 if it has room now. */
function windowLeft(
  inWindow: readonly Resend[],
  { limit, windowMs }: { limit: number; windowMs: number },
  now: number,
): number {
  const leavesFirst = inWindow[inWindow.length - limit];
  return leavesFirst ? leavesFirst.at + windowMs - now : 0;
}

function cooldownLeft(state: UserState, challengeSid: string, now: number, policy: ResendPolicy): number {
  const automatic = state.challenges.find(({ sid }) => sid === challengeSid)?.created;
  const lastPush = Math.max(automatic ?? 0, ...state.resends.map(({ at }) => at));
  return Math.max(0, lastPush + cooldownAfter(resendsOf(state, challengeSid), policy) - now);
}

/** After so many unknown Challenges, the user gets no answer about another one for a while. */
function isGuessing(state: UserState, challengeSid: string, now: number): boolean {
  if (isKnown(state, challengeSid)) return false;
  const guesses = unknown(state, now);
  return guesses.size >= MAX_UNKNOWN && !guesses.has(challengeSid);
}

/**
 * Until when each unknown Challenge counts. A fetch counts before it is answered; otherwise any number of concurrent
 * ones would pass. One that is never answered, as after a crash, expires.
 */
function unknown(state: UserState, now: number): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const challenge of state.challenges) {
    const end = challenge.seen + UNKNOWN_MS;
    if (isUnknown(challenge) && now < end) ends.set(challenge.sid, end);
  }
  for (const { state: stage, challenge, until = now } of state.resends) {
    const isAsking = stage === 'reserved' && !isKnown(state, challenge);
    if (isAsking) ends.set(challenge, Math.max(until, ends.get(challenge) ?? 0));
  }
  return ends;
}

function isKnown({ challenges }: UserState, challengeSid: string): boolean {
  const challenge = challenges.find(({ sid }) => sid === challengeSid);
  return challenge !== undefined && !isUnknown(challenge);
}

/** Twilio did not find it, or has not answered yet. */
function isUnknown({ status, exhausted, notPush }: Challenge): boolean {
  return status === 'not-found' || (status === undefined && !exhausted && !notPush);
}

function refused(verdict: Verdict | 'idempotency-key-reused', standing: Standing): Refused {
  if (verdict === 'idempotency-key-reused') return { kind: 'refused', code: verdict, standing };
  if (verdict.code === 'ready') throw new Error('a tap that is ready can not be refused');
  return { kind: 'refused', ...verdict, standing };
}

function replayed({ sid, ttl, at }: Resend, standing: Standing): Reserved {
  if (sid === undefined || ttl === undefined) return { kind: 'replayed', standing };
  return { kind: 'replayed', notification: { sid, ttlSeconds: ttl, sentAt: at }, standing };
}

function standingOf(
  state: UserState,
  challengeSid: string,
  now: number,
  policy: ResendPolicy,
  except?: string,
): Standing {
  const challenge = state.challenges.find(({ sid }) => sid === challengeSid);
  return {
    next: verdictOn(state, challengeSid, now, policy, except),
    ...(challenge && challengeView(challenge, now)),
    resends: { used: resendsOf(state, challengeSid), limit: policy.maxPerChallenge },
    windows: windowsOf(state, now, policy),
  };
}

function windowsOf(state: UserState, now: number, { userLimits }: ResendPolicy): Standing['windows'] {
  return userLimits.map(({ limit, windowMs }) => {
    const inWindow = counted(state, windowMs, now);
    const leavesFirst = inWindow[Math.max(0, inWindow.length - limit)];
    return {
      limit,
      windowMs,
      used: inWindow.length,
      ...(leavesFirst && { resetInMs: leavesFirst.at + windowMs - now }),
    };
  });
}

function holdView(state: UserState, now: number, policy: ResendPolicy): Pick<Overview, 'heldMs'> {
  const heldMs = holdLeft(state, now, policy);
  return heldMs > 0 ? { heldMs } : {};
}

function blockView({ blockedUntil }: UserState, now: number): Pick<Overview, 'blockedMs'> {
  return blockedUntil === undefined ? {} : { blockedMs: blockedUntil - now };
}

function challengeView({ status, expires }: Challenge, now: number): Pick<Standing, 'challenge'> {
  if (status === undefined || status === 'not-found') return {};
  const remainingMs = status === 'pending' ? Math.max(0, (expires ?? now) - now) : 0;
  return { challenge: { status: status === 'pending' && remainingMs === 0 ? 'expired' : status, remainingMs } };
}

// ---------------------------------------------------------------------------------------------------------- memory

/** Removes what has expired, and moves stamps from the future (the clock was set back) to now. */
function refresh(state: UserState, now: number, policy: ResendPolicy): UserState {
  const past = (stamp: number) => Math.min(stamp, now);
  const leaseOver = (resend: Resend) => resend.state === 'reserved' && !isOpen(resend, now);
  const seenResend = (resend: Resend): Resend => ({
    ...resend,
    at: past(resend.at),
    ...(resend.until !== undefined && { until: Math.min(resend.until, now + policy.leaseMs) }),
    ...(resend.settled !== undefined && { settled: past(resend.settled) }),
  });
  const retentionMs = ({ status }: Challenge) => (status === 'not-found' ? UNKNOWN_MS : CHALLENGE_RETENTION_MS);
  const seenChallenge = (challenge: Challenge): Challenge => ({
    ...challenge,
    seen: past(challenge.seen),
    ...(challenge.created !== undefined && { created: past(challenge.created) }),
    ...(challenge.expires !== undefined && { expires: Math.min(challenge.expires, now + CHALLENGE_RETENTION_MS) }),
  });
  const isDenied = state.denied !== undefined && now - state.denied < CHALLENGE_RETENTION_MS;
  const isBlocked = state.blockedUntil !== undefined && now < state.blockedUntil;
  return {
    resends: state.resends.filter((one) => now - one.at < RETENTION_MS && !leaseOver(one)).map(seenResend),
    challenges: state.challenges.filter((one) => now - one.seen < retentionMs(one)).map(seenChallenge),
    ...(isDenied && { denied: past(state.denied) }),
    ...(isBlocked && { blockedUntil: state.blockedUntil }),
  };
}

/** Only the first settlement of a reservation counts. */
function settled(
  state: UserState,
  { id, settlement }: SettleCommand,
  now: number,
): { kind: Settled['kind']; after: UserState } {
  const own = state.resends.find((resend) => resend.id === id);
  if (!own || own.state === 'sent' || own.state === 'unknown') return { kind: 'ignored', after: state };
  const { until: _lease, ...unleased } = own;
  switch (settlement.outcome) {
    case 'notSent':
      return {
        kind: 'settled',
        after: isOvertaken(state, own)
          ? replaceResend(state, { ...unleased, state: 'unknown' })
          : { ...state, resends: state.resends.filter((resend) => resend !== own) },
      };
    case 'unknown':
      return { kind: 'settled', after: replaceResend(state, { ...unleased, state: 'unknown' }) };
    case 'sent': {
      const { sid, ttlSeconds: ttl } = settlement;
      return { kind: 'settled', after: replaceResend(state, { ...unleased, state: 'sent', settled: now, sid, ttl }) };
    }
  }
}

/** The state after a fact and, if this was the first to report it, how the Challenge ended. */
function learnt(
  state: UserState,
  challengeSid: string,
  fact: ChallengeFact,
  now: number,
): { state: UserState; ended?: Ended } {
  const known = state.challenges.find(({ sid }) => sid === challengeSid);
  const isFinal = known?.status === 'approved' || known?.status === 'denied' || known?.status === 'expired';
  const challenge = { ...(known ?? { sid: challengeSid }), seen: now };
  const as = (status: NonNullable<Challenge['status']>) =>
    remembered(state, isFinal ? challenge : { ...challenge, status }, now);
  // An end older than the retention may already have been reported, and forgotten.
  const ended = (status: Challenge['status'], at: number): { ended?: Ended } =>
    isFinal || !isEnd(status) || now - at >= CHALLENGE_RETENTION_MS
      ? {}
      : { ended: endOf(state, challengeSid, status, at) };

  // Status only moves forward; a Challenge's times are never overwritten.
  switch (fact.kind) {
    case 'not-found':
      return { state: as('not-found') };
    case 'expired':
      return { state: as('expired'), ...ended('expired', Math.min(now, known?.expires ?? now)) };
    case 'exhausted':
      return { state: remembered(state, { ...challenge, exhausted: true }, now) };
    case 'not-push':
      return { state: remembered(state, { ...challenge, notPush: true }, now) };
    case 'responded':
      // Without the Challenge's times, a webhook repeated hours later would look new.
      if (!isFinal && known?.status !== 'pending') return { state };
      return {
        state: isFinal ? as(fact.status) : answered(as(fact.status), fact.status, now),
        ...ended(fact.status, now),
      };
    case 'fetched': {
      const at = now - (fact.respondedAgoMs ?? 0);
      const timed: Challenge = {
        ...challenge,
        ...(!isFinal && { status: fact.status }),
        created: known?.created ?? now - fact.ageMs,
        expires: known?.expires ?? now + fact.remainingMs,
        ...(!fact.isPush && { notPush: true as const }),
      };
      const after = remembered(state, timed, now);
      const endedAt = fact.status === 'expired' ? Math.min(now, timed.expires ?? now) : at;
      return { state: isFinal ? after : answered(after, fact.status, at), ...ended(fact.status, endedAt) };
    }
  }
}

function isEnd(status: Challenge['status']): status is Ended['status'] {
  return status === 'approved' || status === 'denied' || status === 'expired';
}

/** An end at the time `at`, with the resends sent before it. */
function endOf(state: UserState, challengeSid: string, status: Ended['status'], at: number): Ended {
  const before = dispatchedOf(state, challengeSid).filter((resend) => resend.at <= at);
  const last = before.at(-1);
  return { status, resends: before.length, ...(last && { sinceLastMs: at - last.at }) };
}

/** An approval resets the windows. A denial starts the hold, which counts from the latest denial. */
function answered(state: UserState, status: ChallengeStatus, at: number): UserState {
  if (status === 'approved') return cleared(state, at);
  if (status === 'denied') return { ...state, denied: Math.max(state.denied ?? 0, at) };
  return state;
}

/** Resets the windows as of `since`. */
function cleared(state: UserState, since: number): UserState {
  const resends = state.resends.map((resend) => (resend.at <= since ? { ...resend, cleared: true as const } : resend));
  return { ...state, resends };
}

/**
 * Stores a Challenge. Beyond 32 known or 32 unknown ones it drops, of the same kind, the oldest that has ended, or else
 * the oldest: no number of guesses makes the ledger forget what it knows.
 */
function remembered(state: UserState, challenge: Challenge, now: number): UserState {
  const others = state.challenges.filter(({ sid }) => sid !== challenge.sid);
  const alike = others.filter((other) => isUnknown(other) === isUnknown(challenge));
  if (alike.length >= MAX_CHALLENGES) {
    const isOver = ({ status, expires = Infinity }: Challenge) =>
      isEnd(status) || (status === 'pending' && expires <= now);
    const oldestFirst = alike.toSorted((a, b) => a.seen - b.seen);
    const goes = oldestFirst.find(isOver) ?? oldestFirst[0];
    return { ...state, challenges: [...others.filter((other) => other !== goes), challenge] };
  }
  return { ...state, challenges: [...others, challenge] };
}

function replaceResend(state: UserState, resend: Resend): UserState {
  return { ...state, resends: state.resends.map((other) => (other.id === resend.id ? resend : other)) };
}

/** When all of it has expired and may be forgotten; 0 when it is empty. */
export function forgetAt({ resends, challenges, denied, blockedUntil = 0 }: UserState): number {
  return Math.max(
    0,
    blockedUntil,
    ...resends.map(({ at }) => at + RETENTION_MS),
    ...challenges.map(({ seen }) => seen + CHALLENGE_RETENTION_MS),
    ...(denied === undefined ? [] : [denied + CHALLENGE_RETENTION_MS]),
  );
}
