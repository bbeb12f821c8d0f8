import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { rawProblem } from '@nest/answers/problem.filter.js';
import type { ProblemCode } from '@nest/answers/problems.js';

/** How long a client may take, in milliseconds. A missing Host is refused where every answer has its form. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 8000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 65_000,
  requireHostHeader: false,
};

/** What such a client gets to read its answer, in milliseconds. */
const LAST_BYTES_MS = 500;

/** What never became a request, and how it was answered. */
export interface NoRequest {
  readonly requestId: string;
  readonly code: ProblemCode;
  /** Node's or its parser's own word for what was wrong. */
  readonly reason?: string;
}

/**
 * Node's server, with a problem for what never becomes a request.
 * @param onNoRequest told of each
 */
export function createHttpServer(
  handler: RequestListener,
  problemBaseUri: string,
  onNoRequest: (told: NoRequest) => void,
): Server {
  const server = createServer(LIMITS, handler);
  const unanswered = new WeakMap<Duplex, Set<IncomingMessage>>();
  const answer = (socket: Duplex, code: ProblemCode, reason?: string) => {
    if (!socket.writable) return;
    const requestId = randomUUID();
    onNoRequest({ requestId, code, ...(reason !== undefined && { reason }) });
    // Answers come in the order of the requests: one that is still being worked on can not be overtaken.
    const isOvertaking = [...(unanswered.get(socket) ?? [])].some(({ complete }) => complete);
    if (isOvertaking) return void socket.destroy();
    socket.end(rawProblem(code, requestId, problemBaseUri));
    // That closes our half only: a client that keeps its own open would stay for ever, and hold up the end.
    setTimeout(() => socket.destroy(), LAST_BYTES_MS).unref();
  };
  server.on('request', (request, response) => {
    const { socket } = request;
    const ofSocket = unanswered.get(socket) ?? new Set();
    unanswered.set(socket, ofSocket.add(request));
    response.once('close', () => ofSocket.delete(request));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== 'ECONNRESET') answer(socket, problemOfParser(error.code), error.code);
  });
  server.on('connect', (_request, socket) => {
    // Node has let go of this socket: without a listener its reset would end the process.
    socket.on('error', () => socket.destroy());
    answer(socket, 'invalid-request');
  });
  // An expectation that nobody knows may be passed over (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
  return server;
}

function problemOfParser(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  return 'invalid-request';
}
