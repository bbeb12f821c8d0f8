import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { rawProblem } from '@nest/answers/problem.filter.js';
import type { ProblemCode } from '@nest/answers/problems.js';

/**
 * Limits for clients; times in milliseconds. They run from the first byte of a request, so a connection may be idle for longer.
 * A missing Host is refused later, by `objectionTo`, with a problem answer.
 */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 8000,
  connectionsCheckingInterval: 1000,
  requireHostHeader: false,
  // Bytes of all headers: an access token of 16 KiB and as much as most servers take in all. Node's own limit is 16 KiB.
  maxHeaderSize: 24 * 1024,
};

/** Time for such a client to read its answer, in milliseconds. */
const LAST_BYTES_MS = 500;

/** Malformed HTTP that never became a request, and the code it was answered with. */
export interface MalformedHttp {
  readonly requestId: string;
  readonly code: ProblemCode;
  /** The error code of Node or its parser. */
  readonly reason?: string;
}

export interface HttpServerOptions {
  readonly problemBaseUri: string;
  /** How long a connection without a request is kept open, in milliseconds. */
  readonly keepAliveMs: number;
}

/**
 * Creates Node's server. It also answers malformed HTTP with a problem.
 * @param onMalformed called for each
 */
export function createHttpServer(
  handler: RequestListener,
  { problemBaseUri, keepAliveMs }: HttpServerOptions,
  onMalformed: (malformed: MalformedHttp) => void,
): Server {
  const server = createServer({ ...LIMITS, keepAliveTimeout: keepAliveMs }, handler);
  const unanswered = new WeakMap<Duplex, Set<IncomingMessage>>();
  const answer = (socket: Duplex, code: ProblemCode, reason?: string) => {
    if (!socket.writable) return;
    const requestId = randomUUID();
    onMalformed({ requestId, code, ...(reason !== undefined && { reason }) });
    // Answers must keep the order of the requests: this one can not overtake a request still in progress.
    const isOvertaking = [...(unanswered.get(socket) ?? [])].some(({ complete }) => complete);
    if (isOvertaking) return void socket.destroy();
    socket.end(rawProblem(code, requestId, problemBaseUri));
    // `end` closes only our half. A client that keeps its half open would hold the socket, and delay the shutdown.
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
    // Node no longer handles this socket: without a listener a reset would crash the process.
    socket.on('error', () => socket.destroy());
    answer(socket, 'invalid-request');
  });
  // Unknown expectations may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
  return server;
}

function problemOfParser(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  return 'invalid-request';
}
