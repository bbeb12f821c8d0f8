import type { HttpResponse } from '../requests/request-context.js';

/** For a browser that shows a response as a page: it may load, run and frame nothing. */
const NO_PAGE = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";

/** The headers of every answer. */
export function commonHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    'Request-Id': requestId,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': NO_PAGE,
  };
}

export function setCommonHeaders(response: HttpResponse, requestId: string): void {
  setHeaders(response, commonHeaders(requestId));
}

export function setHeaders(response: HttpResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.header(name, value);
}
