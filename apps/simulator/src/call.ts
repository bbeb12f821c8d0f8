import type { Caller } from './caller.js';
import type { Form } from './form.js';
import type { Effect } from './journal.js';

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
  /** The path parameters, decoded once and of the right form; empty where the route has none. */
  readonly params: {
    service: string;
    identity: string;
    challenge: string;
    factor: string;
    webhook: string;
    accessToken: string;
  };
  readonly query: URLSearchParams;
  /** Reads the form body. @throws TwilioError 60300 when it is not `application/x-www-form-urlencoded` */
  readonly form: () => Form;
  readonly caller: Caller;
  /** Where the client believes Twilio to be: `http://127.0.0.1:4010`. */
  readonly baseUrl: string;
  /** Adds a hint to the journal entry of this request. */
  readonly warn: (hint: string) => void;
}
