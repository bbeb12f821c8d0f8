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
  /** Missing in React Native: without it there are no events, and the client polls. */
  readonly body?: ReadableStream<Uint8Array> | null;
  json(): Promise<unknown>;
}

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
   * @throws when it breaks, and where `fetch` does not stream. A refusal has no events, and ends at once.
   */
  follow(signal: AbortSignal, heard: (body?: unknown) => void): Promise<void>;
}

/** @param url of the Challenge */
export function connect(url: string, fetch: Fetch, newToken?: () => string | Promise<string>): Connection {
  let token: string | undefined;

  /** Asks for the token anew after a 401, once. */
  async function call(path: string, signal: AbortSignal, key?: string, isSecond = false): Promise<FetchedResponse> {
    if (newToken) token ??= await newToken();
    const response = await fetch(url + path, {
      method: key ? 'POST' : 'GET',
      headers: { ...(key && { 'Idempotency-Key': key }), ...(newToken && { Authorization: `Bearer ${token}` }) },
      credentials: newToken ? 'same-origin' : 'include',
      signal,
    });
    if (response.status !== 401 || !newToken || isSecond) return response;
    token = undefined;
    return call(path, signal, key, true);
  }

  return {
    async ask(signal, key) {
      try {
        const response = await call(key ? '/notifications' : '', signal, key);
        // Undefined for what is not JSON, such as the page of a proxy.
        return { status: response.status, body: await response.json().catch(() => undefined) };
      } catch {
        return { status: 0 };
      }
    },

    async follow(signal, heard) {
      const { body } = await call('/events', signal);
      const parse = eventStreamParser((data) => heard(JSON.parse(data)));
      const decoder = new TextDecoder();
      // Where `fetch` does not stream, this throws.
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard();
        parse(decoder.decode(value, { stream: true }));
      }
    },
  };
}
