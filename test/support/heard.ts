/**
 * What a ledger must know of each Challenge, from nothing but what it was told and when: an oracle of its own, for any
 * clock that does not go back.
 */
import type { ChallengeFact, ChallengeStatus, Ended } from '@resend/ports.js';

const HOUR_MS = 3_600_000;
const UNKNOWN_MS = 30_000;
/** So many Challenges may be asked about at a time of which nothing is known. */
const MAX_UNKNOWN = 8;

/** Of a Challenge: what was last heard of it, and when. Without `status` it was only asked about. */
export interface Word {
  readonly status?: ChallengeStatus | 'not-found';
  readonly at: number;
  /** As Twilio told first. */
  readonly expires?: number;
  /** Twilio refused a push for it: that is known even without its status. */
  readonly isMarked?: true;
}
/** In the order in which they were last heard of. */
export type Heard = Map<string, Word>;

/** How a Challenge ended, and when. */
export interface End {
  readonly status: Ended['status'];
  readonly at: number;
}

/** Those that are not forgotten. */
export function recalled(heard: Heard, now: number): string[] {
  return [...heard.keys()].filter((sid) => recall(heard, sid, now));
}

export function recall(heard: Heard, sid: string, now: number): Word | undefined {
  const word = heard.get(sid);
  return word && now - word.at < (word.status === 'not-found' ? UNKNOWN_MS : HOUR_MS) ? word : undefined;
}

/**
 * Whether asking about a Challenge would be one guess too many.
 * @param tapped Challenges with a tap that is about to ask Twilio
 */
export function isGuess(heard: Heard, sid: string, tapped: readonly string[], now: number): boolean {
  const unknown = unknownOf(heard, tapped, now);
  return !isKnown(heard, sid, now) && !unknown.has(sid) && unknown.size >= MAX_UNKNOWN;
}

/** The unknown Challenges that count. @param tapped as above */
export function unknownOf(heard: Heard, tapped: readonly string[], now: number): ReadonlySet<string> {
  const recent = [...heard].filter(([, { at }]) => now - at < UNKNOWN_MS).map(([one]) => one);
  return new Set([...recent, ...tapped].filter((one) => !isKnown(heard, one, now)));
}

/** Twilio was asked about it so long ago, without an answer, that the question no longer counts. */
export function isUnanswered(heard: Heard, sid: string, now: number): boolean {
  const word = recall(heard, sid, now);
  return word !== undefined && word.status === undefined && word.isMarked !== true && now - word.at >= UNKNOWN_MS;
}

function isKnown(heard: Heard, sid: string, now: number): boolean {
  const { status, isMarked } = recall(heard, sid, now) ?? {};
  return status === undefined ? isMarked === true : status !== 'not-found';
}

/** Somebody was sent to ask Twilio. */
export function asked(heard: Heard, sid: string, now: number): void {
  note(heard, sid, { ...recall(heard, sid, now), at: now });
}

/**
 * Notes a fact that taught something.
 * @returns the end of the Challenge, where this was the first word of it
 */
export function hear(heard: Heard, sid: string, fact: ChallengeFact, now: number): End | undefined {
  const known = recall(heard, sid, now);
  const status = statusOf(fact);
  const isOver = known?.status !== undefined && isEnd(known.status);
  const expires = known?.expires ?? (fact.kind === 'fetched' ? now + fact.remainingMs : undefined);
  note(heard, sid, {
    ...known,
    ...(!isOver && status && { status }),
    ...(expires !== undefined && { expires }),
    ...((fact.kind === 'exhausted' || fact.kind === 'not-push') && { isMarked: true }),
    at: now,
  });
  if (isOver || !status || !isEnd(status)) return undefined;
  if (status === 'expired') return { status, at: Math.min(now, expires ?? now) };
  return { status, at: now - (fact.kind === 'fetched' ? (fact.respondedAgoMs ?? 0) : 0) };
}

/** A webhook teaches nothing of a Challenge that is not known to be somebody's. */
export function teaches(heard: Heard, sid: string, fact: ChallengeFact, now: number): boolean {
  if (fact.kind !== 'responded') return true;
  const { status } = recall(heard, sid, now) ?? {};
  return status !== undefined && status !== 'not-found';
}

/**
 * What is told of an end: nothing where it was so long ago that it may have been told before.
 * @param dispatchedAt when each of its resends left that may have gone out, oldest first
 */
export function toldOf({ status, at }: End, dispatchedAt: readonly number[], now: number): Ended | undefined {
  if (now - at >= HOUR_MS) return undefined;
  const before = dispatchedAt.filter((one) => one <= at);
  const last = before.at(-1);
  return { status, resends: before.length, ...(last !== undefined && { sinceLastMs: at - last }) };
}

function note(heard: Heard, sid: string, word: Word): void {
  heard.delete(sid);
  heard.set(sid, word);
}

function statusOf(fact: ChallengeFact): Word['status'] {
  switch (fact.kind) {
    case 'fetched':
    case 'responded':
      return fact.status;
    case 'not-found':
    case 'expired':
      return fact.kind;
    default:
      return undefined;
  }
}

function isEnd(status: ChallengeStatus | 'not-found'): status is Ended['status'] {
  return status !== 'pending' && status !== 'not-found';
}
