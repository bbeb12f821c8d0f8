const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `10/24h,5/15m` → limits with their window in milliseconds, longest window first. */
export function parseUserLimits(text: string): { limit: number; windowMs: number }[] {
  return text
    .split(',')
    .map((part) => {
      const [limit = '', window = ''] = part.split('/');
      const unit = window.at(-1) as keyof typeof UNIT_MS;
      return { limit: Number(limit), windowMs: Number(window.slice(0, -1)) * UNIT_MS[unit] };
    })
    .toSorted((a, b) => b.windowMs - a.windowMs);
}
