import { Agent, request } from 'undici';

/** What is read of an answer: a key set with certificate chains has some tens of KiB. */
const MAX_BODY_BYTES = 512 * 1024;

/** No more sockets than this to one identity provider; one more request waits for one, within its deadline. */
const MAX_SOCKETS = 64;

const agent = new Agent({ connections: MAX_SOCKETS, pipelining: 1, maxResponseSize: MAX_BODY_BYTES });

/** What jose and oauth4webapi ask of their `fetch`. */
export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Headers | Record<string, string>;
  readonly body?: string | URLSearchParams | undefined;
  /** Ends everything, a slow body included. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A `fetch` for identity providers, bounded in sockets and size. It follows no redirect. A question whose connection
 * closed is asked once more, as that was mostly one kept from before; asking changes nothing there.
 */
export async function providerFetch(url: string, question: ProviderRequest): Promise<Response> {
  try {
    return await ask(url, question);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET') throw error;
    return ask(url, question);
  }
}

async function ask(url: string, { method, headers, body, signal }: ProviderRequest): Promise<Response> {
  const answer = await request(url, {
    dispatcher: agent,
    method,
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal && { signal }),
    ...(body !== undefined && { body: body.toString() }),
  });
  const bytes = await answer.body.bytes();
  const isBodiless = answer.statusCode === 204 || answer.statusCode === 304;
  return new Response(isBodiless ? null : bytes, { status: answer.statusCode, headers: headersOf(answer.headers) });
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(raw)) {
    for (const value of typeof values === 'string' ? [values] : values) headers.append(name, value);
  }
  return headers;
}

/** What went wrong, for the log: by name and code alone, since a library's message may quote the answer. */
export function troubleWith(what: string, error: unknown): Error {
  const { name, code } = error instanceof Error ? (error as Error & { code?: unknown }) : { name: typeof error };
  return new Error(`${what}: ${typeof code === 'string' ? code : name}`);
}
