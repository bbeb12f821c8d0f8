import { AsyncLocalStorage } from 'node:async_hooks';
import type { Dispatcher, Pool } from 'undici';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import { type Credentials, CredentialsError } from './credentials.js';
import { Exchange, type ExchangeLimits } from './exchange.js';
import { twilioSockets } from './twilio-sockets.js';

/** The fields we use of the SDK's `RequestClient.RequestOptions`. */
interface SdkRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: Record<string, string>;
  /** Form fields. */
  readonly data?: Record<string, string | number>;
}

/** Where Twilio is, and how to connect to it. */
export interface TwilioHttpClientOptions {
  /** Scheme, host, port and, for a gateway in front of Twilio, a path prefix. */
  readonly baseUrl: string;
  readonly maxSockets: number;
  /** Upper bound in milliseconds; undici checks it about twice a second. */
  readonly connectTimeoutMs: number;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string;
  /** The proxies for Twilio. Default: none. */
  readonly proxies?: Proxies;
  readonly credentials: Credentials;
  /** Called for each request; returns extra headers for it. */
  readonly headers?: () => Record<string, string>;
}

/** An exchange, and what the SDK returned or threw. An error may quote the URL: read it, but never keep or log it. */
export type SdkResult<T> =
  | { readonly exchange: Exchange; readonly value: T }
  | { readonly exchange: Exchange; readonly error: unknown };

/**
 * The SDK's `httpClient` over undici: keep-alive, HTTP/1.1 without pipelining, no redirects, no retries, limits on time
 * and size. It connects to one origin, whatever host the SDK (or TWILIO_EDGE and TWILIO_REGION) puts into a URL.
 *
 * The SDK's `fetch()` and `create()` take no per-call options, so an AsyncLocalStorage passes the exchange to `request`.
 * A field set before the call would hand one user's exchange to another if the SDK ever awaited something first, and a
 * client per call would build the whole SDK each time.
 */
export class TwilioHttpClient {
  readonly #exchanges = new AsyncLocalStorage<Exchange>();
  readonly #origin: string;
  readonly #dispatcher: Dispatcher;
  readonly #pathPrefix: string;
  readonly #credentials: Credentials;
  readonly #extraHeaders: (() => Record<string, string>) | undefined;
  readonly #inFlight = new Set<Promise<void>>();
  #isSocketNew = false;
  #isClosed = false;

  constructor({ baseUrl, maxSockets, connectTimeoutMs, ca, proxies, credentials, headers }: TwilioHttpClientOptions) {
    const { origin, pathname } = new URL(baseUrl);
    this.#credentials = credentials;
    this.#extraHeaders = headers;
    this.#pathPrefix = pathname.replace(/\/+$/, ''); // backtracks: over a setting of the operator's only
    this.#origin = origin;
    this.#dispatcher = twilioSockets(origin, {
      maxSockets,
      connectTimeoutMs,
      ca,
      proxies,
      onPool: (pool) => this.#watchSockets(pool),
    });
  }

  /** undici starts the waiting request in the same turn in which it emits `connect` for its socket. */
  #watchSockets(pool: Pool): void {
    pool.on('connect', () => {
      this.#isSocketNew = true;
      queueMicrotask(() => (this.#isSocketNew = false));
    });
  }

  /** Runs one SDK call as one exchange. Never rejects. */
  async run<T>(limits: ExchangeLimits, call: () => Promise<T>): Promise<SdkResult<T>> {
    const exchange = new Exchange(limits);
    try {
      return { exchange, value: await this.#exchanges.run(exchange, call) };
    } catch (error) {
      return { exchange, error };
    }
  }

  /** Called by the SDK only. The body is passed on as parsed JSON, or as text when it is not JSON. */
  async request(sdk: SdkRequest): Promise<{ statusCode: number; body: unknown }> {
    const exchange = this.#exchanges.getStore();
    if (exchange === undefined) throw new Error('a Twilio request outside of TwilioHttpClient.run');
    if (this.#isClosed) throw new Error('closed');
    const method = sdk.method.toUpperCase();
    const authorization = await this.#authorizationFor(exchange, method);
    const options: Dispatcher.DispatchOptions = {
      origin: this.#origin,
      method,
      path: this.#pathPrefix + sdk.uri.slice(sdk.uri.indexOf('/', 'https://'.length)),
      headers: { ...sdk.headers, ...this.#extraHeaders?.(), Authorization: authorization },
      ...(sdk.data !== undefined && { body: form(sdk.data) }),
    };
    const sending = exchange.send(this.#dispatcher, options, () => this.#isSocketNew);
    this.#inFlight.add(sending);
    await sending;
    this.#inFlight.delete(sending);
    if (exchange.answer === undefined) throw new Error('no answer');
    const { status, body } = exchange.answer;
    if (status === 401) exchange.hasOtherCredentials = this.#credentials.rejected(authorization);
    else if (status < 400 || status === 404) this.#credentials.accepted(authorization);
    return { statusCode: status, body };
  }

  /** Waits for the exchanges in flight, at most until their deadlines, then closes every socket. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#inFlight);
    await Promise.all([this.#dispatcher.destroy(), this.#credentials.close()]);
  }

  /** Within the exchange's own limits: waiting for a token must not make a request leave late. */
  async #authorizationFor(exchange: Exchange, method: string): Promise<string> {
    try {
      return await this.#credentials.authorization({ before: exchange.sendBy, isLastTry: method !== 'GET' });
    } catch (error) {
      if (error instanceof CredentialsError) {
        exchange.abandon({ kind: error.isRejected ? 'token-rejected' : 'broken', reason: error.reason });
      }
      throw error;
    }
  }
}

function form(fields: Record<string, string | number>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, `${value}`]),
  ).toString();
}
