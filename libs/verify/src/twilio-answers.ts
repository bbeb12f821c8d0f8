/** Reads Twilio's answers: bodies as far as the SDK does not, and dates. */
import { canonicalIdentity } from '@resend/canonical-identity.js';
import type { ChallengeFact, ChallengeStatus, Created } from '@resend/ports.js';
import type { Answer } from './exchange.js';

/** What is wrong with an unusable 2xx response. */
export type InvalidAnswer =
  | 'other-challenge'
  | 'other-identity'
  | 'unknown-status'
  | 'no-date-header'
  | 'unreadable-dates'
  | 'no-notification';

/** The SDK's ChallengeInstance, where any field may be missing: Twilio promises none. */
export interface SdkChallenge {
  readonly sid?: unknown;
  readonly identity?: unknown;
  readonly status?: unknown;
  readonly factorType?: unknown;
}

/** The SDK's NotificationInstance, likewise. */
export interface SdkNotification {
  readonly sid?: unknown;
  readonly challengeSid?: unknown;
}

const NOTIFICATION_SID = /^NT[0-9a-fA-F]{32}$/;
const statuses: ReadonlySet<unknown> = new Set<ChallengeStatus>(['pending', 'approved', 'denied', 'expired']);

/** `Date` has whole seconds, rounded down: Twilio's clock may be up to this much ahead of it. */
const DATE_ROUNDING_MS = 999;

/**
 * The fact in a fetched Challenge, with times as ages by Twilio's own `Date`. The remaining time is never
 * overestimated: it counts from the latest moment that `Date` can mean, and the time since the request is taken off.
 *
 * @param elapsedMs since the request was sent
 */
export function challengeFactFrom(
  { sid, identity, status, factorType }: SdkChallenge,
  requested: { readonly identity: string; readonly challengeSid: string },
  answer: Answer,
  elapsedMs: number,
): Extract<ChallengeFact, { kind: 'fetched' }> | InvalidAnswer {
  if (sid !== requested.challengeSid) return 'other-challenge';
  if (typeof identity !== 'string' || canonicalIdentity(identity) !== canonicalIdentity(requested.identity))
    return 'other-identity';
  if (!isStatus(status)) return 'unknown-status';

  const date = httpDate(answer.date);
  if (date === undefined) return 'no-date-header';

  // From the raw JSON: the SDK's deserializer turns an absent date into the current time.
  const { body } = answer;
  if (!isRecord(body)) return 'unreadable-dates';
  const created = jsonDate(body['date_created']);
  const expires = jsonDate(body['expiration_date']);
  const responded = jsonDate(body['date_responded']);
  const hasResponse = status === 'approved' || status === 'denied';
  if (created === undefined || expires === undefined) return 'unreadable-dates';
  if (hasResponse && responded === undefined && (body['date_responded'] ?? undefined) !== undefined)
    return 'unreadable-dates';

  return {
    kind: 'fetched',
    status,
    isPush: factorType === 'push',
    ageMs: Math.max(0, date - created),
    remainingMs: Math.floor(expires - (date + DATE_ROUNDING_MS) - elapsedMs),
    ...(hasResponse && responded !== undefined && { respondedAgoMs: Math.max(0, date - responded) }),
  };
}

/** The Notification that Twilio says it has accepted, if it is one and belongs to the requested Challenge. */
export function sentFrom(
  { sid, challengeSid }: SdkNotification,
  requestedChallengeSid: string,
): Extract<Created, { outcome: 'sent' }> | InvalidAnswer {
  if (typeof sid !== 'string' || !NOTIFICATION_SID.test(sid)) return 'no-notification';
  return challengeSid === requestedChallengeSid ? { outcome: 'sent', sid } : 'other-challenge';
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;

/**
 * How long a `Retry-After` (RFC 9110, 10.2.3: seconds or a date) asks to wait.
 *
 * @param date the same answer's `Date`: a `Retry-After` date counts from it, so that clocks need not agree
 * @returns milliseconds, between 1 s and 60 s; 1 s when the header is absent or unreadable
 */
export function retryAfterMs(retryAfter: string | undefined, date: string | undefined): number {
  if (retryAfter === undefined) return MIN_WAIT_MS;
  const waitMs = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : (httpDate(retryAfter) ?? 0) - (httpDate(date) ?? Date.now());
  return Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS);
}

/** @returns epoch milliseconds of an IMF-fixdate (RFC 9110, 5.6.7); undefined for anything else */
function httpDate(header: string | undefined): number | undefined {
  return header === undefined ? undefined : parsedDate(header, HTTP_DATE);
}

/** @returns epoch milliseconds of an ISO 8601 date in UTC; undefined for anything else */
function jsonDate(field: unknown): number | undefined {
  return typeof field === 'string' ? parsedDate(field, ISO_DATE) : undefined;
}

function parsedDate(text: string, format: RegExp): number | undefined {
  const time = format.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isStatus(status: unknown): status is ChallengeStatus {
  return statuses.has(status);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
