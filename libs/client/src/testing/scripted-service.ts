import type { FetchInit, FetchedResponse } from '../host/connection.js';
import { answer, type ScriptedAnswer } from './answers.js';

/** A request that the client made. */
export interface SeenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** The Idempotency-Key of a press. */
  readonly key?: string;
  /** The bearer token. */
  readonly token?: string;
}

/** Stands in for the service, and for the network on the way to it. */
export class ScriptedService {
  readonly requests: SeenRequest[] = [];
  private lookAnswer: ScriptedAnswer = answer.ready();
  private pressAnswers: ScriptedAnswer[] = [answer.sent()];
  private open: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(protected readonly hasEvents: boolean) {}

  /** The answer to every look from now on. */
  looks(next: ScriptedAnswer): void {
    this.lookAnswer = next;
  }

  /** The answers to the next requests of presses, in this order; the last one stays. */
  presses(...next: readonly [ScriptedAnswer, ...ScriptedAnswer[]]): void {
    this.pressAnswers = [...next];
  }

  /** Sends an event: the body of an answer to a look. */
  event(next: ScriptedAnswer): void {
    if (typeof next === 'string') throw new TypeError('an event has a body');
    this.write(`event: standing\ndata: ${next.body}\n\n`);
  }

  heartbeat(): void {
    this.write(':\n\n');
  }

  /** Ends the stream of events, as the service does after a while. */
  endEvents(): void {
    this.open?.close();
    this.open = undefined;
  }

  fetch = async (url: string, { method, headers, signal }: FetchInit): Promise<FetchedResponse> => {
    const key = headers['Idempotency-Key'];
    const token = headers['Authorization']?.replace('Bearer ', '');
    this.requests.push({ method, url, ...(key !== undefined && { key }), ...(token !== undefined && { token }) });
    if (url.endsWith('/events')) return this.events(signal);
    const [first = this.lookAnswer, ...rest] = method === 'POST' ? this.pressAnswers : [];
    if (rest.length > 0) this.pressAnswers = rest;
    if (first === 'never') return aborted(signal);
    if (first === 'lost') throw new TypeError('the connection is lost');
    const { status, body } = first;
    return { status, json: async () => JSON.parse(body) as unknown };
  };

  private events(signal: AbortSignal): FetchedResponse {
    if (!this.hasEvents) return { status: 404, json: async () => ({}) };
    let mine: typeof this.open;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (mine = this.open = controller),
      cancel: () => void this.left(mine),
    });
    signal.addEventListener('abort', () => {
      if (this.left(mine)) mine?.error(signal.reason);
    });
    return { status: 200, body, json: async () => ({}) };
  }

  /** @returns whether this stream was still open */
  private left(stream: typeof this.open): boolean {
    if (stream !== this.open) return false;
    this.open = undefined;
    return true;
  }

  private write(text: string): void {
    if (!this.open) throw new Error('no stream of events is open');
    this.open.enqueue(new TextEncoder().encode(text));
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
}
