/** How many times faster the tour's hours go: an hour is a minute. */
export const PACE = 60;

/** Ranges, `for`, `offset` and intervals of rules and queries, as the tour needs them: a sixtieth, at least a second. */
export function shortened(text: string): string {
  return text.replace(
    /(\[|for: |offset |interval: )(\d+)([smhd])/g,
    (_, before: string, count: string, unit: string) => {
      const seconds = Number(count) * (SECONDS[unit] ?? 1);
      return `${before}${Math.max(1, Math.round(seconds / PACE))}s`;
    },
  );
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
