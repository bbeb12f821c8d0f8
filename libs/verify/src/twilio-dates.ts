const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;

/** @returns epoch milliseconds of an IMF-fixdate (RFC 9110, 5.6.7); undefined when it is absent or anything else */
export function httpDate(header: string | undefined): number | undefined {
  return header === undefined ? undefined : parsed(header, HTTP_DATE);
}

/**
 * A date of Twilio's JSON, from the raw field: the SDK's own deserializer turns an absent date into now.
 *
 * @returns epoch milliseconds; undefined when it is absent, null or anything but an ISO 8601 date in UTC
 */
export function jsonDate(field: unknown): number | undefined {
  return typeof field === 'string' ? parsed(field, ISO_DATE) : undefined;
}

/**
 * How long a `Retry-After` (RFC 9110, 10.2.3: seconds or a date) asks to wait.
 *
 * @param date the same answer's `Date`, against which a date is read, so that no two clocks need agree
 * @returns milliseconds, at least 1 s and at most 60 s; 1 s when the header is absent or unreadable
 */
export function retryAfterMs(retryAfter: string | undefined, date: string | undefined): number {
  if (retryAfter === undefined) return MIN_WAIT_MS;
  const waitMs = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : (httpDate(retryAfter) ?? 0) - (httpDate(date) ?? Date.now());
  return Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS);
}

function parsed(text: string, form: RegExp): number | undefined {
  const time = form.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
