import type { Effect } from './journal.js';
import { TwilioError } from './twilio-error.js';

/** What Twilio would answer, before any fault touches it. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON; undefined: no body (204). */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly effect: Effect;
}

/** A well-formed, authenticated request on a known route. */
export interface Call {
  /** The path parameters, decoded once and of the right form. */
  readonly params: { service: string; identity: string; challenge: string; factor: string; webhook: string };
  readonly query: URLSearchParams;
  /** Reads the form body. @throws TwilioError 60300 when it is not `application/x-www-form-urlencoded` */
  readonly form: () => Form;
  /** Where the client believes Twilio to be: `http://127.0.0.1:4010`. */
  readonly baseUrl: string;
  /** Adds a hint to the journal entry of this request. */
  readonly warn: (hint: string) => void;
}

/** A form body as Twilio reads it: repeated keys are arrays. */
export class Form {
  private readonly values: URLSearchParams;

  constructor(body: string) {
    this.values = new URLSearchParams(body);
  }

  /** @throws TwilioError 60300 when the key is repeated */
  text(name: string): string | undefined {
    const [value, ...more] = this.values.getAll(name);
    if (more.length > 0) throw new TwilioError(60300, `${name} is given more than once`);
    return value;
  }

  /** @throws TwilioError 60306 when it is missing or empty */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw new TwilioError(60306, `${name} is required`);
    return value;
  }

  all(name: string): string[] {
    return this.values.getAll(name);
  }

  /** Parsed JSON, null when absent. @throws TwilioError 60306 when it is not JSON */
  json(name: string): unknown {
    const value = this.text(name);
    if (value === undefined) return null;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new TwilioError(60306, `${name} is not JSON`);
    }
  }

  get keys(): string[] {
    return [...this.values.keys()];
  }
}
