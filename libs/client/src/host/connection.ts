import type { Answer } from '../core/answer.js';
import { eventStreamParser } from './event-stream.js';

/** What is used of `fetch`. React Native's fits. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>;

export interface FetchInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly credentials: 'include' | 'same-origin';
  readonly signal: AbortSignal;
}

export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Missing in React Native: without it there are no events, and the client polls. */
  readonly body?: ReadableStream<Uint8Array> | null;
  json(): Promise<unknown>;
}

export interface ConnectionOptions {
  /** Of the Challenge. */
  readonly url: string;
  readonly token: (() => string | Promise<string>) | undefined;
  readonly fetch: Fetch;
}

const PRESS = '/notifications';

/** The calls of one Challenge. */
export interface Connection {
  /**
   * Looks, or with a key presses. It never rejects: a lost connection, and a token that the page can not get, are answers
   * with status 0.
   */
  ask(signal: AbortSignal, key?: string): Promise<Answer>;
  /**
   * Reads events until the server ends them.
   *
   * @param heard called with the JSON of each event, and without at every sign of life
   * @throws when there is no stream, or when it breaks
   */
  follow(signal: AbortSignal, heard: (body?: unknown) => void): Promise<void>;
}

export function connect({ url, token: newToken, fetch }: ConnectionOptions): Connection {
  let token: string | undefined;

  /** Asks for the token anew after a 401, once. */
  async function call(path: string, signal: AbortSignal, own: Record<string, string>, isSecond = false) {
    if (newToken) token ??= await newToken();
    const response = await fetch(url + path, {
      method: path === PRESS ? 'POST' : 'GET',
      headers: newToken ? { ...own, Authorization: `Bearer ${token}` } : own,
      credentials: newToken ? 'same-origin' : 'include',
      signal,
    });
    if (response.status !== 401 || !newToken || isSecond) return response;
    token = undefined;
    return call(path, signal, own, true);
  }

  return {
    async ask(signal, key) {
      try {
        const response = await (key === undefined
          ? call('', signal, {})
          : call(PRESS, signal, { 'Idempotency-Key': key }));
        const { status, headers } = response;
        return {
          status,
          // Undefined for what is not JSON, such as the page of a proxy.
          body: await response.json().catch(() => undefined),
          retryAfterSeconds: Number(headers.get('Retry-After')) || 0,
          requestId: headers.get('Request-Id') ?? undefined,
        };
      } catch {
        return { status: 0 };
      }
    },

    async follow(signal, heard) {
      const { status, body } = await call('/events', signal, { Accept: 'text/event-stream' });
      if (status !== 200 || !body) throw new Error('no events');
      const parse = eventStreamParser((data) => heard(JSON.parse(data)));
      const decoder = new TextDecoder();
      const reader = body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard();
        parse(decoder.decode(value, { stream: true }));
      }
    },
  };
}
