/**
 * A value, or a function that is called for it each time, so that it can change without a restart. It must not throw.
 */
export type Current<Value> = Value | (() => Value);

export function currentOf<Value extends string>(value: Current<Value>): Value {
  return typeof value === 'function' ? value() : value;
}

/** Proves to Twilio who is calling. */
export interface Credentials {
  /**
   * The `Authorization` header of the next request.
   * @throws CredentialsError when there is none in time
   */
  authorization(need: CredentialsNeed): string | Promise<string>;
  /** Twilio has accepted a request with this header. */
  accepted(authorization: string): void;
  /** Twilio has answered 401 to this header. @returns whether the next request would use another one */
  rejected(authorization: string): boolean;
  /** Closes its sockets. */
  close(): Promise<void>;
}

export interface CredentialsNeed {
  /** Reading of `performance.now()` by which the header is needed. */
  readonly before: number;
  /** The request will not be repeated, so the header should be one that Twilio has accepted before, if there is one. */
  readonly isLastTry: boolean;
}

/** Why there is no `Authorization` header. `isRejected`: Twilio refused the client of an OAuth app. */
export class CredentialsError extends Error {
  /** @param reason for the log: no secret */
  constructor(
    readonly reason: string,
    readonly isRejected: boolean,
  ) {
    super(reason);
    this.name = 'CredentialsError';
  }
}

/**
 * A secret that may change while it is in use. A new one is used at once; if Twilio rejects it, the last one that
 * Twilio accepted takes its place: a new key may be half written, or not yet known everywhere at Twilio.
 */
export class ChangingSecret {
  readonly #read: () => string;
  #newest: string;
  #current: string;
  /** The last two that Twilio has accepted, the later one first. */
  #accepted: readonly string[] = [];

  constructor(read: () => string) {
    this.#read = read;
    this.#newest = this.#current = read();
  }

  /** @param isLastTry prefers one that has been accepted */
  now(isLastTry: boolean): string {
    const newest = this.#read();
    if (newest !== this.#newest) this.#newest = this.#current = newest;
    return isLastTry ? (this.#accepted[0] ?? this.#current) : this.#current;
  }

  accepted(secret: string): void {
    if (secret === this.#accepted[0]) return;
    this.#accepted = [secret, ...this.#accepted.filter((other) => other !== secret)].slice(0, 2);
  }

  /** @returns whether `now` will answer another one */
  rejected(secret: string): boolean {
    if (secret === this.#current) {
      this.#current = [this.#newest, ...this.#accepted].find((other) => other !== secret) ?? secret;
    }
    return secret !== this.#current;
  }
}

/** An API key, or an account with its auth token: HTTP Basic. */
export interface KeyPair {
  /** The SID of an API key (`SK…`), or the account SID itself. */
  readonly username: Current<string>;
  /** The API key's secret, or the account's auth token. */
  readonly password: Current<string>;
}

export class KeyCredentials implements Credentials {
  readonly #header: ChangingSecret;

  constructor({ username, password }: KeyPair) {
    this.#header = new ChangingSecret(() => {
      const pair = `${currentOf(username)}:${currentOf(password)}`;
      return `Basic ${Buffer.from(pair).toString('base64')}`;
    });
  }

  authorization({ isLastTry }: CredentialsNeed): string {
    return this.#header.now(isLastTry);
  }

  accepted(authorization: string): void {
    this.#header.accepted(authorization);
  }

  rejected(authorization: string): boolean {
    return this.#header.rejected(authorization);
  }

  async close(): Promise<void> {}
}
