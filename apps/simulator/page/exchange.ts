import type { FetchInit } from '@push-resend/client';

/** One request of the login screen and what came back. */
export interface Exchange {
  readonly method: string;
  /** From `/v1` on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the answer began; null while there is none. */
  tookMs: number | null;
  /** HTTP status; null while there is none; `failed` when none ever came. */
  status: number | 'failed' | null;
  /** Headers of the answer that say something about the resend. */
  answerHeaders: Readonly<Record<string, string>>;
  answer: string;
  /** How many requests in a row had this answer: looks repeat themselves. */
  times: number;
}

export type PageFetch = (url: string, init: FetchInit) => Promise<Response>;

/** Lets a page see each request as it happens. */
export type Watcher = (exchange: Exchange) => void;

const TOLD = new Set(['retry-after', 'ratelimit', 'idempotent-replayed', 'request-id']);

/**
 * A `fetch` for paths below `base` that shows every exchange to a watcher: when it starts, and whenever more of it is known. What the caller gets
 * is what `send` gave.
 */
export function watchedFetch(send: PageFetch, base: string, watch: Watcher): PageFetch {
  return async (url, init) => {
    const startedAt = performance.now();
    const exchange: Exchange = {
      method: init.method,
      path: url.slice(base.length),
      headers: init.headers,
      tookMs: null,
      status: null,
      answerHeaders: {},
      answer: '',
      times: 1,
    };
    watch(exchange);
    try {
      const response = await send(url, init);
      exchange.tookMs = Math.round(performance.now() - startedAt);
      exchange.status = response.status;
      exchange.answerHeaders = Object.fromEntries([...response.headers].filter(([name]) => TOLD.has(name)));
      watch(exchange);
      void readAlong(response.clone(), exchange, watch);
      return response;
    } catch (error) {
      exchange.tookMs = Math.round(performance.now() - startedAt);
      exchange.status = 'failed';
      watch(exchange);
      throw error;
    }
  };
}

/** Reads a copy of the answer while it arrives; the events of a stream come one by one. */
async function readAlong({ body }: Response, exchange: Exchange, watch: Watcher): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body ?? []) {
      exchange.answer += decoder.decode(bytes, { stream: true });
      watch(exchange);
    }
  } catch {
    watch(exchange); // cut off: what arrived is shown
  }
}
