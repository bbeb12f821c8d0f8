/** A text that can not be a setting. The message ends a sentence about its variable, and does not quote the text. */
export class UnusableText extends Error {}

/** How the text of a setting is read. */
export interface TextKind {
  /** Its text may have any format, so quotes may be part of it. */
  readonly isSecret: boolean;
  /** Items are separated by commas or by lines. */
  readonly isList: boolean;
}

/** Whitespace and invisible characters, such as a byte order mark or a zero-width space. */
const AROUND = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu; // backtracks: over a setting of the operator's only
/**
 * Line breaks, tabs, and anything that looks like a space or is invisible; U+FFFD stands for bytes that are not UTF-8.
 */
const INSIDE = /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Z}\uFFFD]/u;
const QUOTED = /^(["'])((?:(?!\1).)*)\1$/su;
const QUOTED_AS_IN_PRINT = /^[“”„‘’‚«»].*[“”„‘’‚«»]$/su;
const QUOTE_AT_AN_END = /^["'`“”„‘’‚«»]|["'`“”„‘’‚«»]$/u;
/** One or more lines, after a comma or not, or a comma. */
const SEPARATOR = /,?[^\S\r\n]*[\r\n]\s*|,/u; // backtracks: over a setting of the operator's only

/** The text without surrounding whitespace and invisible characters. */
export function trimmed(text: string): string {
  return text.replaceAll(AROUND, '');
}

/**
 * The intended text, without what files and shells add around a value by accident.
 * @returns the items of a list joined by commas; '' for a text that has nothing
 * @throws UnusableText if the intended text is uncertain
 */
export function plainText(text: string, { isSecret, isList }: TextKind): string {
  const unquoted = isSecret ? secretWithoutQuotes : valueWithoutQuotes;
  const whole = unquoted(trimmed(text));
  const items = isList ? whole.split(SEPARATOR).map((item) => unquoted(trimmed(item))) : [whole];
  if (items.some((item) => INSIDE.test(item))) {
    throw new UnusableText('must be one line without tabs or invisible characters');
  }
  return items.join(',');
}

/** Only a secret may have surrounding quotes. */
function valueWithoutQuotes(text: string): string {
  const value = trimmed(QUOTED.exec(text)?.[2] ?? text);
  if (QUOTE_AT_AN_END.test(value)) throw new UnusableText('must not begin or end with a quotation mark');
  return value;
}

/** A secret may really have surrounding quotes: then it is wrapped in the other kind. */
function secretWithoutQuotes(text: string): string {
  const inner = QUOTED.exec(text)?.[2];
  if (inner === undefined && !QUOTED_AS_IN_PRINT.test(text)) return text;
  if (inner === '' || (inner !== undefined && QUOTED.test(inner))) return inner;
  throw new UnusableText(
    'must not be quoted; if the quotes belong to it, wrap it in the other kind of quotes, such as \'"secret"\'',
  );
}
