import type { IncomingMessage } from 'node:http';

/** Methods whose bodies Fastify does not read. */
const BODYLESS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'TRACE']);

/** Whether a body follows the head of a request. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whether there is nothing to do for a request before its body is complete. */
export function awaitsBody(request: IncomingMessage): boolean {
  return announcesBody(request) && !BODYLESS.has(request.method);
}
