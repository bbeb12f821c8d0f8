import { Agent, type Dispatcher, type Pool, request } from 'undici';
import { proxiedDispatcher, type Proxies } from '@egress/proxied-dispatcher.js';
import { proxyRefusal } from '@egress/proxy-refusal.js';

/** Limit for a response body; a key set with certificate chains has some tens of KiB. */
const MAX_BODY_BYTES = 512 * 1024;

/** Sockets to one identity provider; further requests wait for one within their deadline. */
const MAX_SOCKETS = 64;

/** For connecting to an identity provider, in milliseconds; a request may have less time. */
const CONNECT_TIMEOUT_MS = 10_000;

const pool: Pool.Options = { connections: MAX_SOCKETS, pipelining: 1, maxResponseSize: MAX_BODY_BYTES };
const direct = new Agent(pool);

/** The options with which jose and oauth4webapi call their `fetch`. */
export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Headers | Record<string, string>;
  readonly body?: string | URLSearchParams | undefined;
  /** Aborts the whole request, including a slow body. */
  readonly signal?: AbortSignal | undefined;
}

/** A `fetch` for identity providers. */
export type ProviderFetch = (url: string, options: ProviderRequest) => Promise<Response>;

/**
 * Makes a `fetch` for identity providers with limits on sockets and body size. It follows no redirects. When the
 * connection closes it retries once: that is mostly an idle kept-alive connection, and these requests change nothing.
 *
 * @param proxies for the provider. Default: none
 */
export function providerFetch(proxies?: Proxies): ProviderFetch {
  const dispatcher = proxies ? proxiedDispatcher(proxies, { pool, connectTimeoutMs: CONNECT_TIMEOUT_MS }) : direct;
  return async (url, options) => {
    try {
      return await fetchOnce(dispatcher, url, options);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET') throw error;
      return fetchOnce(dispatcher, url, options);
    }
  };
}

async function fetchOnce(
  dispatcher: Dispatcher,
  url: string,
  { method, headers, body, signal }: ProviderRequest,
): Promise<Response> {
  const response = await request(url, {
    dispatcher,
    method,
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal && { signal }),
    ...(body !== undefined && { body: body.toString() }),
  });
  const bytes = await response.body.arrayBuffer();
  const hasNoBody = response.statusCode === 204 || response.statusCode === 304;
  return new Response(hasNoBody ? null : bytes, { status: response.statusCode, headers: headersOf(response.headers) });
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(raw)) {
    for (const value of typeof values === 'string' ? [values] : values) headers.append(name, value);
  }
  return headers;
}

/** An error for the log with a name or code instead of the library's message, which may quote the response. */
export function safeError(what: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`${what}: ${typeof error}`);
  const { name, code } = error as Error & { code?: unknown };
  return new Error(`${what}: ${proxyRefusal(error) ?? (typeof code === 'string' ? code : name)}`);
}
