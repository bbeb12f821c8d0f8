import type { HttpResponse } from '../requests/request-context.js';

/** Sets the headers of every answer. */
export function setCommonHeaders(response: HttpResponse, requestId: string): void {
  response
    .header('Request-Id', requestId)
    .header('Cache-Control', 'no-store')
    .header('X-Content-Type-Options', 'nosniff');
}

/** The same, for an answer that no framework writes. */
export function commonHeaders(requestId: string): Record<string, string> {
  return { 'Request-Id': requestId, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
}

export function setHeaders(response: HttpResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.header(name, value);
}
