import { TwilioError } from './twilio-error.js';

/**
 * A form body as Twilio reads it. Repeated keys are arrays. An empty field counts as absent: SDKs send `Name=` for null.
 * Every reader throws a TwilioError: 60300 for a repeated key, 60306 for a value out of bounds.
 */
export class Form {
  private readonly values: URLSearchParams;

  constructor(body: string) {
    this.values = new URLSearchParams(body);
  }

  /** @param maxLength in characters */
  text(name: string, maxLength = Number.POSITIVE_INFINITY): string | undefined {
    const [value, ...more] = this.values.getAll(name);
    if (more.length > 0) throw new TwilioError(60300, `${name} is given more than once`);
    if (value === undefined || value === '') return undefined;
    if (value.length > maxLength) throw new TwilioError(60306, `${name} is longer than ${maxLength}`);
    return value;
  }

  required(name: string, maxLength?: number): string {
    return present(name, this.text(name, maxLength));
  }

  /** Every value of a key, without the empty ones. */
  all(name: string): string[] {
    return this.raw(name).filter((value) => value !== '');
  }

  /** Every value of a key as sent. */
  raw(name: string): string[] {
    return this.values.getAll(name);
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new TwilioError(60306, `${name} must be one of ${allowed.join(', ')}`);
    return found;
  }

  requiredOneOf<const T extends string>(name: string, allowed: readonly T[]): T {
    return present(name, this.oneOf(name, allowed));
  }

  boolean(name: string): boolean | undefined {
    const value = this.oneOf(name, ['true', 'false']);
    return value === undefined ? undefined : value === 'true';
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw new TwilioError(60306, `${name} must be from ${min} to ${max}`);
    return number;
  }

  matching(name: string, pattern: RegExp): string | undefined {
    const value = this.text(name);
    if (value !== undefined && !pattern.test(value)) throw new TwilioError(60306, `${name} must match ${pattern}`);
    return value;
  }

  /** A JSON object of text values in at most 1024 characters, as Twilio takes Metadata and HiddenDetails; else null. */
  textMap(name: string): Record<string, string> | null {
    const value = this.text(name, 1024);
    if (value === undefined || value === 'null') return null; // SDKs serialise these fields, null too
    const map = parseObject(value, name);
    if (!Object.values(map).every((one) => typeof one === 'string')) {
      throw new TwilioError(60306, `${name} must have text values only`);
    }
    return map as Record<string, string>;
  }
}

function present<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new TwilioError(60306, `${name} is required`);
  return value;
}

/** @throws TwilioError 60306 when the text is not a JSON object */
export function parseObject(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // reported below, like any other value that is not an object
  }
  throw new TwilioError(60306, `${name} is not a JSON object`);
}
