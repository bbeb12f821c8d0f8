/** How much faster the tour runs: an hour becomes a minute. */
export const PACE = 60;

/** Divides the ranges, `for`, `offset` and intervals of rules and queries by `PACE`, to one second at least. */
export function shortened(text: string): string {
  return text.replace(
    /(\[|for: |offset |interval: )(\d{1,6})([smhd])/g,
    (_, before: string, count: string, unit: string) => {
      const seconds = Number(count) * (SECONDS[unit] ?? 1);
      return `${before}${Math.max(1, Math.round(seconds / PACE))}s`;
    },
  );
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
