import type { Dispatcher } from 'undici';

/** When an exchange has to be over, as readings of `performance.now()`. */
export interface ExchangeLimits {
  /** For everything, from waiting for a socket to the last byte of the body. */
  readonly deadline: number;
  /** For the first byte of the request: what has not left by then never does. */
  readonly sendBefore?: number;
}

/** An answer that arrived whole. */
export interface Answer {
  readonly status: number;
  /** The body's text, and what it says where it is JSON. */
  readonly text: string;
  readonly json?: unknown;
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
}

/** Why there is no answer: one of the two limits was over, or the connection failed. */
export interface Fault {
  readonly kind: 'too-late' | 'deadline' | 'broken';
  /** For the log. Of a failure the error's own code, such as `ECONNREFUSED`. */
  readonly word: string;
}

interface Limit {
  /** Reading of `performance.now()`. */
  readonly at: number;
  readonly kind: 'too-late' | 'deadline';
}

/**
 * One request on the wire, and the proof of what became of it.
 *
 * The proof is undici's own order of events. It calls `onRequestStart` on a socket that is connected, through TLS too,
 * directly before it writes the request's first byte; what was never started, or refuses to start, was never sent.
 * Error codes prove nothing: the same ECONNRESET ends a TLS handshake and a request that Twilio has carried out.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Reading of `performance.now()` as the first byte was about to leave. Undefined: proven not sent. */
  sentAt: number | undefined;
  /** Whether the socket had served another request before. */
  onUsedSocket = false;
  /** Whether any byte of an answer came. */
  answerBegun = false;
  answer: Answer | undefined;
  fault: Fault | undefined;

  readonly #limits: ExchangeLimits;
  readonly #over = Promise.withResolvers<void>();
  readonly #chunks: Buffer[] = [];
  #socketIsNew: () => boolean = () => true;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #head: Omit<Answer, 'text' | 'json'> | undefined;

  constructor(limits: ExchangeLimits) {
    this.#limits = limits;
  }

  /**
   * Starts the clock and hands the request to undici.
   *
   * @param socketIsNew asked as the request starts
   * @returns when there is an `answer` or a `fault`. Never rejects
   */
  async carry(pool: Dispatcher, options: Dispatcher.DispatchOptions, socketIsNew: () => boolean): Promise<void> {
    this.#socketIsNew = socketIsNew;
    this.#watch(this.#sendLimit());
    pool.dispatch(options, this);
    await this.#over.promise;
  }

  /** A throw here drops the request before it is written and leaves the socket to others; an abort would destroy it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.sentAt !== undefined) throw new Error('a request is never started twice');
    const now = performance.now();
    const limit = this.#sendLimit();
    if (now > limit.at) this.#end(limit);
    if (this.fault !== undefined) throw new Error('too late to start');
    this.#controller = controller;
    this.sentAt = now;
    this.onUsedSocket = !this.#socketIsNew();
    this.#watch({ at: this.#limits.deadline, kind: 'deadline' });
  }

  onResponseStarted(): void {
    this.answerBegun = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.#head = { status, date: single(headers['date']), retryAfter: single(headers['retry-after']) };
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#head === undefined || this.fault !== undefined) return;
    const text = Buffer.concat(this.#chunks).toString();
    this.answer = { ...this.#head, text, ...parsed(text) };
    this.#settle();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#end({ kind: 'broken', word: wordOf(error) });
  }

  #sendLimit(): Limit {
    const { deadline, sendBefore = deadline } = this.#limits;
    return sendBefore < deadline ? { at: sendBefore, kind: 'too-late' } : { at: deadline, kind: 'deadline' };
  }

  #watch(limit: Limit): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(limit), Math.max(0, limit.at - performance.now()));
  }

  /** Only the first word counts: the abort below comes back as an error. */
  #end({ kind, word = kind }: Pick<Fault, 'kind'> & Partial<Fault>): void {
    if (this.fault !== undefined || this.answer !== undefined) return;
    this.fault = { kind, word };
    this.#controller?.abort(new Error('given up'));
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#over.resolve();
  }
}

function single(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function parsed(text: string): { json?: unknown } {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return {};
  }
}

/** Codes of Node, OpenSSL and undici only: a message may quote addresses, URLs and headers. */
function wordOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(error.code) ? error.code : 'no-code';
}
