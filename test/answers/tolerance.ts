/**
 * What is left of a Challenge loses the time that Twilio took to answer, and is rounded down: 234 seconds are 233 where
 * that was more than a millisecond.
 */
const JITTER_SECONDS = 1;

/** `now`, with the recorded `expiresInSeconds` of a Challenge wherever it differs by no more than that. */
export function likeBefore<Value>(now: Value, before: unknown, key = ''): Value {
  if (typeof now === 'number' && typeof before === 'number' && key === 'expiresInSeconds') {
    return (Math.abs(now - before) <= JITTER_SECONDS ? before : now) as Value;
  }
  if (typeof now !== 'object' || now === null || typeof before !== 'object' || before === null) return now;
  if (Array.isArray(now)) return now.map((one, at) => likeBefore(one, (before as unknown[])[at])) as Value;
  const values = before as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, likeBefore(value, values[name], name)]),
  ) as Value;
}
