import type { ChallengeFact, ChallengeStatus } from '@resend/ports.js';
import type { Answer } from './exchange.js';
import { httpDate, jsonDate } from './twilio-dates.js';

/** Of the SDK's ChallengeInstance. Any of it may be missing: Twilio promises no field. */
export interface SdkChallenge {
  readonly sid?: unknown;
  readonly identity?: unknown;
  readonly status?: unknown;
  readonly factorType?: unknown;
}

/** Why an answer can not be believed. */
export type Unbelievable =
  | 'other-challenge'
  | 'other-identity'
  | 'unknown-status'
  | 'no-date-header'
  | 'unreadable-dates';

/** `Date` has whole seconds, rounded down: Twilio's clock may be this much further. */
const DATE_ROUNDING_MS = 999;

const statuses: ReadonlySet<unknown> = new Set<ChallengeStatus>(['pending', 'approved', 'denied', 'expired']);

/**
 * What a fetched Challenge teaches, in ages by Twilio's own `Date`. What is left to live is never overestimated: it
 * counts from the latest moment at which Twilio can have written the `Date`, and loses the time since we asked.
 *
 * @param elapsedMs since the request was sent
 */
export function factOf(
  challenge: SdkChallenge,
  asked: { readonly identity: string; readonly challengeSid: string },
  answer: Answer,
  elapsedMs: number,
): Extract<ChallengeFact, { kind: 'fetched' }> | Unbelievable {
  const { sid, identity, status, factorType } = challenge;
  if (sid !== asked.challengeSid) return 'other-challenge';
  if (identity !== asked.identity) return 'other-identity';
  if (!isStatus(status)) return 'unknown-status';

  const date = httpDate(answer.date);
  if (date === undefined) return 'no-date-header';

  // Only the raw JSON tells an absent date from one that is now.
  const raw = answer.json;
  if (!isRecord(raw)) return 'unreadable-dates';
  const created = jsonDate(raw['date_created']);
  const expires = jsonDate(raw['expiration_date']);
  const responded = jsonDate(raw['date_responded']);
  const isAnswered = status === 'approved' || status === 'denied';
  if (created === undefined || expires === undefined) return 'unreadable-dates';
  if (isAnswered && responded === undefined && (raw['date_responded'] ?? undefined) !== undefined)
    return 'unreadable-dates';

  return {
    kind: 'fetched',
    status,
    isPush: factorType === 'push',
    ageMs: Math.max(0, date - created),
    remainingMs: Math.floor(expires - (date + DATE_ROUNDING_MS) - elapsedMs),
    ...(isAnswered && responded !== undefined && { respondedAgoMs: Math.max(0, date - responded) }),
  };
}

function isStatus(status: unknown): status is ChallengeStatus {
  return statuses.has(status);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
