import { trimmed } from './plain-text.js';

const UNIT = /_(MS|MILLISECONDS?|SECONDS?|MINUTES?|HOURS?|DAYS?|PER_MINUTE)$/;

/**
 * The setting that a name can only be meant for: it differs by a letter or two, by singular and plural, by the unit, by
 * small letters or invisible ones, or by `_FILE`. `RESEND_COOLDOWN_SECOND` and `RESEND_COOLDOWN` are meant for
 * `RESEND_COOLDOWN_SECONDS`. Another word is another name: `TWILIO_API_KEY` and `REDIS_HOST` belong to other software.
 */
export function misspeltSetting(name: string, settings: readonly string[]): string | undefined {
  const visible = trimmed(name);
  // Names of one word, such as `port`, are everybody's.
  if (!visible.includes('_')) return visible === name ? undefined : settings.find((setting) => setting === visible);
  const plain = visible.toUpperCase();
  const candidates = settings.filter((setting) => setting.includes('_'));
  const same = candidates.find((setting) => plain === setting || plain === `${setting}_FILE`);
  if (same !== undefined) return same;
  const stem = stemOf(plain);
  return candidates
    .map((setting) => ({ setting, stem: stemOf(setting) }))
    .filter((other) => Math.abs(other.stem.length - stem.length) <= 2)
    .map((other) => ({ ...other, distance: editDistance(stem, other.stem) }))
    .filter((other) => other.distance <= allowedDistance(other.stem))
    .toSorted((a, b) => a.distance - b.distance)[0]?.setting;
}

/** Without the unit, and every word in the singular. */
function stemOf(name: string): string {
  return name
    .replace(UNIT, '')
    .replaceAll(/IES(?=_|$)/g, 'Y')
    .replaceAll(/S(?=_|$)/g, '');
}

/** Short names are alike by chance. */
function allowedDistance({ length }: string): number {
  if (length < 8) return 0;
  return length < 12 ? 1 : 2;
}

/** How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const at = (values: readonly number[], index: number) => values[index] ?? Number.POSITIVE_INFINITY;
      const isEqual = a[row - 1] === b[column - 1];
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isEqual ? 0 : 1),
          isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
