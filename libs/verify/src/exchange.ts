import type { Dispatcher } from 'undici';
import { proxyRefusal } from '@egress/proxy-refusal.js';

/** When an exchange must be over, as readings of `performance.now()`. */
export interface ExchangeLimits {
  /** For everything from waiting for a socket to the last byte of the body. */
  readonly deadline: number;
  /** For the first byte of the request: a request that has not left by then is never sent. */
  readonly sendBefore?: number;
}

/** A complete HTTP response. */
export interface Answer {
  readonly status: number;
  /** Parsed JSON, or the text when it is not JSON. */
  readonly body: unknown;
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
}

/** Why there is no answer: a limit was reached, the connection failed, or Twilio gave us no access token. */
export interface Fault {
  readonly kind: 'too-late' | 'deadline' | 'broken' | 'token-rejected';
  /** For the log: the error's code, such as `ECONNREFUSED`, or the limit's kind. */
  readonly reason: string;
}

interface Limit {
  /** Reading of `performance.now()`. */
  readonly at: number;
  readonly kind: 'too-late' | 'deadline';
}

/**
 * One request on the wire, and the proof of whether it was sent.
 *
 * The proof is undici's order of events: it calls `onRequestStart` on a connected socket, after TLS, directly before it
 * writes the request's first byte. A request that never got that call, or threw in it, was not sent. Error codes prove
 * nothing: ECONNRESET can end a TLS handshake as well as a request that Twilio has carried out.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Reading of `performance.now()` just before the first byte was written. Undefined: proven not sent. */
  sentAt: number | undefined;
  /** Whether the socket had served an earlier request. */
  isSocketReused = false;
  /** Whether any byte of an answer arrived. */
  hasAnswerBegun = false;
  answer: Answer | undefined;
  fault: Fault | undefined;
  /** Twilio answered 401, and the next request would have other credentials. */
  hasOtherCredentials = false;

  readonly #limits: ExchangeLimits;
  readonly #done = Promise.withResolvers<void>();
  readonly #chunks: Buffer[] = [];
  #isSocketNew: () => boolean = () => true;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #head: Omit<Answer, 'body'> | undefined;

  constructor(limits: ExchangeLimits) {
    this.#limits = limits;
  }

  /**
   * Starts the clock and hands the request to undici. Never rejects.
   *
   * @param isSocketNew called when the request starts: was its socket opened for it?
   * @returns once there is an `answer` or a `fault`
   */
  async send(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions, isSocketNew: () => boolean): Promise<void> {
    this.#isSocketNew = isSocketNew;
    this.#startTimer(this.#sendLimit());
    dispatcher.dispatch(options, this);
    await this.#done.promise;
  }

  /** Reading of `performance.now()` after which nothing is sent. */
  get sendBy(): number {
    return this.#sendLimit().at;
  }

  /** Instead of `send`: the request is never made. */
  abandon(fault: Fault): void {
    this.#fail(fault);
  }

  /** Throwing drops the request before it is written and keeps the socket for others; an abort would destroy it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.sentAt !== undefined) throw new Error('a request must not start twice');
    const now = performance.now();
    const limit = this.#sendLimit();
    if (now > limit.at) this.#fail(limit);
    if (this.fault !== undefined) throw new Error('too late to start');
    this.#controller = controller;
    this.sentAt = now;
    this.isSocketReused = !this.#isSocketNew();
    this.#startTimer({ at: this.#limits.deadline, kind: 'deadline' });
  }

  onResponseStarted(): void {
    this.hasAnswerBegun = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.#head = { status, date: textOf(headers['date']), retryAfter: textOf(headers['retry-after']) };
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#head === undefined || this.fault !== undefined) return;
    this.answer = { ...this.#head, body: parsed(Buffer.concat(this.#chunks).toString()) };
    this.#finish();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#fail({ kind: 'broken', reason: codeOf(error) });
  }

  #sendLimit(): Limit {
    const { deadline, sendBefore = deadline } = this.#limits;
    return sendBefore < deadline ? { at: sendBefore, kind: 'too-late' } : { at: deadline, kind: 'deadline' };
  }

  #startTimer(limit: Limit): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(limit), Math.max(0, limit.at - performance.now()));
  }

  /** Only the first fault counts: the abort below comes back as `onResponseError`. */
  #fail({ kind, reason = kind }: Pick<Fault, 'kind'> & Partial<Fault>): void {
    if (this.fault !== undefined || this.answer !== undefined) return;
    this.fault = { kind, reason };
    this.#controller?.abort(new Error('given up'));
    this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#done.resolve();
  }
}

/** A repeated header counts as absent. */
function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Codes of Node, OpenSSL and undici, and a proxy's status: a message may quote addresses, URLs and headers. */
function codeOf(error: Error & { code?: unknown }): string {
  const refusal = proxyRefusal(error);
  if (refusal !== undefined) return refusal;
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(error.code) ? error.code : 'no-code';
}
