/** A control request that can not be carried out; its message tells the developer which field and why. Becomes 400. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A control request about something that is not there. Becomes 404. */
export class NotHereError extends Error {
  override readonly name = 'NotHereError';
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/**
 * Reads the JSON body of a control request field by field. An unknown field is an error: a misspelt fault or switch
 * that silently did nothing would make a test pass for the wrong reason.
 */
export class Input {
  private readonly body: Record<string, unknown>;
  private readonly asked = new Set<string>();

  /** @throws InputError when the body is not an object; nothing at all counts as `{}` */
  constructor(body: unknown) {
    if (body === undefined || body === null) body = {};
    if (typeof body !== 'object' || Array.isArray(body)) throw new InputError('The body must be a JSON object.');
    this.body = body as Record<string, unknown>;
  }

  boolean(name: string): boolean | undefined {
    return this.read(name, 'true or false', (value) => typeof value === 'boolean');
  }

  number(name: string, min: number, max: number): number | undefined {
    return this.read(name, `a number from ${min} to ${max}`, (value) => isWithin(value, min, max));
  }

  integer(name: string, min: number, max: number): number | undefined {
    const allowed = (value: unknown): value is number => isWithin(value, min, max) && Number.isInteger(value);
    return this.read(name, `a whole number from ${min} to ${max}`, allowed);
  }

  text(name: string, minLength: number, maxLength: number): string | undefined {
    return this.read(
      name,
      `text of ${minLength} to ${maxLength} characters`,
      (value): value is string => typeof value === 'string' && value.length >= minLength && value.length <= maxLength,
    );
  }

  matching(name: string, pattern: RegExp): string | undefined {
    return this.read(
      name,
      `text like ${pattern}`,
      (value): value is string => typeof value === 'string' && pattern.test(value),
    );
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    return this.read(name, `one of ${values.join(', ')}`, (value): value is T => values.includes(value as T));
  }

  /** The field, or null where null was given. */
  nullable<T>(name: string, read: (name: string) => T | undefined): T | null | undefined {
    if (this.body[name] !== null) return read(name);
    this.asked.add(name);
    return null;
  }

  /** @throws InputError when the field is missing */
  required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw new InputError(`${name} is required.`);
    return value;
  }

  /** The fields that were given. @throws InputError on a field that was never read */
  end<T extends object>(values: T): Given<T> {
    const unknown = Object.keys(this.body).filter((name) => !this.asked.has(name));
    if (unknown.length > 0) {
      throw new InputError(`Unknown: ${unknown.join(', ')}. Known: ${[...this.asked].join(', ') || 'nothing'}.`);
    }
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
  }

  private read<T>(name: string, expected: string, allowed: (value: unknown) => value is T): T | undefined {
    this.asked.add(name);
    const value = this.body[name];
    if (value === undefined) return undefined;
    if (!allowed(value)) throw new InputError(`${name} must be ${expected}.`);
    return value;
  }
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}
