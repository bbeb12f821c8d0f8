/** `11 minutes`, `3 minutes 26 seconds`, `2 hours 5 minutes`, `3 days`: at most two units, rounded up. */
export function inWords(ms: number): string {
  const s = Math.ceil(ms / 1000);
  if (s < 60) return count(s, 'second');
  if (s < 3600) return pair(s, 60, 'minute', 'second');
  const m = Math.ceil(s / 60);
  if (m < 48 * 60) return pair(m, 60, 'hour', 'minute');
  return pair(Math.ceil(m / 60), 24, 'day', 'hour');
}

/** For elapsed time: like `inWords`, but first rounded down to whole seconds. */
export function agoInWords(ms: number): string {
  return ms < 1000 ? 'just now' : `${inWords(Math.floor(ms / 1000) * 1000)} ago`;
}

function pair(amount: number, ofOne: number, big: string, small: string): string {
  const rest = amount % ofOne;
  return count(Math.floor(amount / ofOne), big) + (rest === 0 ? '' : ` ${count(rest, small)}`);
}

function count(amount: number, unit: string): string {
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
