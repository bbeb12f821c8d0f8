import { AsyncLocalStorage } from 'node:async_hooks';
import { Pool, type Dispatcher } from 'undici';
import { Exchange, type ExchangeLimits } from './exchange.js';

/** Twilio's answers to what we ask have about 1 KiB. */
const MAX_BODY_BYTES = 64 * 1024;

/** What there is to read of the SDK's `RequestClient.RequestOptions`. */
interface SdkRequest {
  readonly method: string;
  readonly uri: string;
  readonly username: string;
  readonly password: string;
  readonly headers: Record<string, string>;
  /** Form fields. */
  readonly data?: Record<string, string | number>;
}

/** Where Twilio is, and how many may talk to it at once. */
export interface TwilioHttpClientOptions {
  /** Scheme, host, port and, where a gateway stands in front, a path prefix. */
  readonly baseUrl: string;
  readonly maxSockets: number;
  /** In milliseconds, and only an upper bound: undici checks it about twice a second. */
  readonly connectTimeoutMs: number;
  /** PEM, instead of Node's own list of authorities. */
  readonly ca?: string;
  /** More headers for the request that is about to leave. */
  readonly headers?: () => Record<string, string>;
}

/** An exchange, and what the SDK made of it. What it threw may quote the URL: read it and drop it. */
export type Carried<T> =
  | { readonly exchange: Exchange; readonly value: T }
  | { readonly exchange: Exchange; readonly error: unknown };

/**
 * The SDK's `httpClient` over undici: keep-alive, HTTP/1.1 without pipelining, no redirects, no retries, bounded in time
 * and size. It talks to one origin, whatever host the SDK (or TWILIO_EDGE and TWILIO_REGION) writes into a URL.
 *
 * The SDK's `fetch()` and `create()` take no per-call options, so the exchange travels beside them in an
 * AsyncLocalStorage: that stays right should the SDK ever wait before it calls `request`, where a field set just before
 * would hand one user's exchange to another, and it costs nothing measurable; a client per call would build the whole
 * SDK each time.
 */
export class TwilioHttpClient {
  readonly #exchanges = new AsyncLocalStorage<Exchange>();
  readonly #pool: Pool;
  readonly #pathPrefix: string;
  readonly #moreHeaders: (() => Record<string, string>) | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #socketIsNew = false;
  #isClosed = false;

  constructor({ baseUrl, maxSockets, connectTimeoutMs, ca, headers }: TwilioHttpClientOptions) {
    const { origin, pathname } = new URL(baseUrl);
    this.#moreHeaders = headers;
    this.#pathPrefix = pathname.replace(/\/+$/, '');
    this.#pool = new Pool(origin, {
      connections: maxSockets,
      // With 1, undici never puts a request it has started on a second socket.
      pipelining: 1,
      allowH2: false,
      connectTimeout: connectTimeoutMs,
      // The exchange's own deadline bounds these, and better: undici's clock ticks twice a second.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: MAX_BODY_BYTES,
      ...(ca !== undefined && { connect: { ca } }),
    });
    // undici starts the waiting request in the same turn in which it announces the connection made for it.
    this.#pool.on('connect', () => {
      this.#socketIsNew = true;
      queueMicrotask(() => (this.#socketIsNew = false));
    });
  }

  /** Runs one SDK call as one exchange. Never rejects. */
  async run<T>(limits: ExchangeLimits, call: () => Promise<T>): Promise<Carried<T>> {
    const exchange = new Exchange(limits);
    try {
      return { exchange, value: await this.#exchanges.run(exchange, call) };
    } catch (error) {
      return { exchange, error };
    }
  }

  /** For the SDK alone. A body that is JSON is handed over parsed, other bodies as they came. */
  async request(sdk: SdkRequest): Promise<{ statusCode: number; body: unknown }> {
    const exchange = this.#exchanges.getStore();
    if (exchange === undefined) throw new Error('a Twilio request outside of TwilioHttpClient.run');
    if (this.#isClosed) throw new Error('closed');
    const credentials = Buffer.from(`${sdk.username}:${sdk.password}`).toString('base64');
    const options: Dispatcher.DispatchOptions = {
      method: sdk.method.toUpperCase(),
      path: this.#pathPrefix + sdk.uri.slice(sdk.uri.indexOf('/', 'https://'.length)),
      headers: { ...sdk.headers, ...this.#moreHeaders?.(), Authorization: `Basic ${credentials}` },
      ...(sdk.data !== undefined && { body: form(sdk.data) }),
    };
    const carried = exchange.carry(this.#pool, options, () => this.#socketIsNew);
    this.#underWay.add(carried);
    await carried;
    this.#underWay.delete(carried);
    if (exchange.answer === undefined) throw new Error('no answer');
    const { status, text, json } = exchange.answer;
    return { statusCode: status, body: json === undefined ? text : json };
  }

  /** Waits for the exchanges under way, which their deadlines end, and closes every socket. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#underWay);
    await this.#pool.destroy();
  }
}

function form(fields: Record<string, string | number>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, `${value}`]),
  ).toString();
}
