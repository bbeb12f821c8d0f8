const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;
const MAX_LIMITS = 5;
const MAX_WINDOW_MS = 24 * UNIT_MS.h;

/** At most `limit` resends in any `windowMs`. */
export interface UserLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** `10/24h,5/15m` → limits, longest window first. A malformed limit is NaN in NaN. */
export function parseUserLimits(text: string): readonly UserLimit[] {
  return text
    .split(',')
    .map((part) => {
      const [, limit, time, unit] = /^([1-9]\d{0,2})\/([1-9]\d{0,4})([smh])$/.exec(part) ?? [];
      return { limit: Number(limit), windowMs: Number(time) * UNIT_MS[unit as keyof typeof UNIT_MS] };
    })
    .toSorted((a, b) => b.windowMs - a.windowMs);
}

/** One limit for each window, no window over 24 hours. */
export function areUserLimits(limits: readonly UserLimit[]): boolean {
  const windows = new Set(limits.map(({ windowMs }) => windowMs));
  return (
    limits.length <= MAX_LIMITS &&
    windows.size === limits.length &&
    limits.every(({ limit, windowMs }) => limit > 0 && windowMs <= MAX_WINDOW_MS)
  );
}
