import { Agent, request } from 'undici';

/** Limit for a response body; a key set with certificate chains has some tens of KiB. */
const MAX_BODY_BYTES = 512 * 1024;

/** Sockets to one identity provider; further requests wait for one within their deadline. */
const MAX_SOCKETS = 64;

const agent = new Agent({ connections: MAX_SOCKETS, pipelining: 1, maxResponseSize: MAX_BODY_BYTES });

/** The options with which jose and oauth4webapi call their `fetch`. */
export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Headers | Record<string, string>;
  readonly body?: string | URLSearchParams | undefined;
  /** Aborts the whole request, including a slow body. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A `fetch` for identity providers with limits on sockets and body size. It follows no redirects. When the connection
 * closes it retries once: that is mostly an idle kept-alive connection, and these requests change nothing.
 */
export async function providerFetch(url: string, options: ProviderRequest): Promise<Response> {
  try {
    return await fetchOnce(url, options);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET') throw error;
    return fetchOnce(url, options);
  }
}

async function fetchOnce(url: string, { method, headers, body, signal }: ProviderRequest): Promise<Response> {
  const response = await request(url, {
    dispatcher: agent,
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
  const { name, code } = error instanceof Error ? (error as Error & { code?: unknown }) : { name: typeof error };
  return new Error(`${what}: ${typeof code === 'string' ? code : name}`);
}
