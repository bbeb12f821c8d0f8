import type { HttpRequest } from '../requests/request-context.js';

/** The media type of a request's body, in lower case and without parameters. */
export function mediaTypeOf({ headers }: Pick<HttpRequest, 'headers'>): string | undefined {
  return headers['content-type']?.toString().split(';', 1)[0]?.trim().toLowerCase();
}
