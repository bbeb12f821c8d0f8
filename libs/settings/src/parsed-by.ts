const parsers = new Map<string, (text: string) => unknown>();

/**
 * Sets how the text of a variable becomes the value of its property, if the type of the default does not determine it.
 * @param parse never throws: text that it cannot read becomes a value that fails validation, such as NaN
 */
export function ParsedBy<Value>(parse: (text: string) => Value) {
  return <Target, Name extends string & keyof Target>(
    _target: Target,
    name: Value extends Target[Name] ? Name : never,
  ): void => void parsers.set(name, parse);
}

/**
 * The value of a variable. Without `ParsedBy` the type of its default decides: number, boolean or text.
 * @returns the text itself where it is neither `true` nor `false` but should be, which then fails validation
 */
export function valueOf(name: string, text: string, initial: unknown): unknown {
  const parse = parsers.get(name);
  if (parse) return parse(text);
  if (typeof initial === 'number') return wholeNumber(text);
  if (typeof initial === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** Plain decimal digits, at most nine; anything else is NaN. */
export function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

/** `a,b` → `['a', 'b']`. Spaces are part of the items. */
export function list(text: string): readonly string[] {
  return text.split(',');
}
