import { trimmed } from './plain-text.js';

const UNIT = /_(MS|MILLISECONDS?|SECONDS?|MINUTES?|HOURS?|DAYS?|PER_MINUTE)$/;

/**
 * Finds the setting that a misspelt name must mean: it differs by a letter or two, singular or plural, the unit, lower
 * case, invisible characters, or `_FILE`. `RESEND_COOLDOWN_SECOND` and `RESEND_COOLDOWN` mean
 * `RESEND_COOLDOWN_SECONDS`. A different word is a different name: `TWILIO_API_KEY` and `REDIS_HOST` belong to other
 * software.
 */
export class MisspeltSettings {
  private readonly candidates: readonly { readonly setting: string; readonly stem: string }[];

  constructor(private readonly settings: readonly string[]) {
    this.candidates = settings
      .filter((setting) => setting.includes('_'))
      .map((setting) => ({ setting, stem: stemOf(setting) }));
  }

  /** @returns undefined for a name that belongs to other software */
  meantBy(name: string): string | undefined {
    const visible = trimmed(name);
    // Names of one word, such as `port`, may belong to any software.
    if (!visible.includes('_')) {
      return visible === name ? undefined : this.settings.find((setting) => setting === visible);
    }
    const plain = visible.toUpperCase();
    const same = this.candidates.find(({ setting }) => plain === setting || plain === `${setting}_FILE`);
    if (same !== undefined) return same.setting;
    return this.nearestTo(stemOf(plain));
  }

  private nearestTo(stem: string): string | undefined {
    let nearest: { readonly setting: string; readonly distance: number } | undefined;
    for (const { setting, stem: other } of this.candidates) {
      if (Math.abs(other.length - stem.length) > 2) continue;
      const allowed = allowedDistance(other);
      const distance = editDistance(stem, other, allowed);
      if (distance <= allowed && distance < (nearest?.distance ?? Infinity)) nearest = { setting, distance };
    }
    return nearest?.setting;
  }
}

/** Without the unit, and every word in the singular. */
function stemOf(name: string): string {
  return name
    .replace(UNIT, '')
    .replaceAll(/IES(?=_|$)/g, 'Y')
    .replaceAll(/S(?=_|$)/g, '');
}

/** Short names may be similar by chance. */
function allowedDistance({ length }: string): number {
  if (length < 8) return 0;
  return length < 12 ? 1 : 2;
}

/** Work rows of `editDistance`; each call overwrites them. */
const ROWS: readonly [number[], number[], number[]] = [[], [], []];

/**
 * How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment); more than `most` is
 * Infinity. The names of a whole environment are compared, most of which differ from their first letters on.
 */
function editDistance(a: string, b: string, most: number): number {
  let [beforeLast, last, current] = ROWS;
  for (let column = 0; column <= b.length; column++) last[column] = column;
  for (let row = 1; row <= a.length; row++) {
    current[0] = row;
    let least = row;
    for (let column = 1; column <= b.length; column++) {
      const replaced = (last[column - 1] ?? Infinity) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity;
      const distance = Math.min(
        (last[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        replaced,
        swapped,
      );
      current[column] = distance;
      least = Math.min(least, distance);
    }
    if (least > most) return Infinity;
    [beforeLast, last, current] = [last, current, beforeLast];
  }
  return last[b.length] ?? Infinity;
}
