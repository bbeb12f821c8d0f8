import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { commonHeaders } from '@nest/answers/headers.js';
import { problemBody, rawProblem } from '@nest/answers/problem.filter.js';
import { PROBLEMS, type ProblemCode } from '@nest/answers/problems.js';
import type { TurnedAway } from '@telemetry/metrics.js';
import type { Connections } from './connections.js';
import type { Load } from './load.js';

/**
 * Limits for clients; times in milliseconds. For a connection's first request they run from the start of the connection, for
 * later ones from the first byte of the request, so between two requests a connection may be idle for longer. A missing
 * Host is refused later, by `objectionTo`, with a problem answer.
 */
const TIMEOUTS = {
  headersTimeout: 5000,
  requestTimeout: 8000,
  connectionsCheckingInterval: 1000,
  requireHostHeader: false,
  // Bytes of all headers: an access token of 16 KiB and as much as most servers take in all. Node's own limit is 16 KiB.
  maxHeaderSize: 24 * 1024,
  // Whatever NODE_OPTIONS says: a lenient parser and a strict proxy disagree about where a request ends.
  insecureHTTPParser: false,
};

/** Requests of one connection that may wait for their answers at once. */
const MOST_PIPELINED = 8;

/**
 * Connections that are still accepted above the limit, to refuse their requests with a 503 or to close a silent connection
 * for them. A kernel hands over as many at once.
 */
const SURPLUS = 512;

const RETRY_AFTER_SECONDS = 1;

/** Malformed HTTP that never became a request, and the code it was answered with. */
export interface MalformedHttp {
  readonly requestId: string;
  readonly code: ProblemCode;
  /** The error code of Node or its parser. */
  readonly reason?: string;
}

export interface HttpServerOptions {
  readonly problemBaseUri: string;
  /** How long a connection stays open between two requests, in milliseconds. */
  readonly keepAliveMs: number;
  readonly connections: Connections;
  readonly load: Load;
  readonly requestId: (headers: IncomingMessage['headers']) => string;
  /** Whether a request is answered even if the process is full. */
  readonly isProbe: (request: IncomingMessage) => boolean;
  /** Headers of every answer, besides those of this service. */
  readonly security: Readonly<Record<string, string>>;
  /** The same, and those that depend on the request. */
  readonly headersFor: (request: IncomingMessage) => Readonly<Record<string, string>>;
}

export interface HttpServerObserver {
  malformed(malformed: MalformedHttp): void;
  turnedAway(why: TurnedAway): void;
}

/**
 * Creates Node's server. It also answers malformed HTTP with a problem, and turns clients away that ask for more than is
 * good for the others, before `handler` sees them.
 */
export function createHttpServer(
  handler: RequestListener,
  options: HttpServerOptions,
  observer: HttpServerObserver,
): Server {
  const { problemBaseUri, keepAliveMs, connections, load } = options;
  const refuse = (request: IncomingMessage, response: ServerResponse, isLast: boolean) => {
    const id = options.requestId(request.headers);
    const problem = problemBody('overloaded', id, problemBaseUri, RETRY_AFTER_SECONDS);
    const body = JSON.stringify({ ...problem, retryAfterSeconds: RETRY_AFTER_SECONDS });
    response.writeHead(PROBLEMS.overloaded.status, {
      'Content-Type': 'application/problem+json',
      'Content-Length': String(Buffer.byteLength(body)),
      ...commonHeaders(id),
      ...options.headersFor(request),
      'Retry-After': String(RETRY_AFTER_SECONDS),
      ...(isLast && { Connection: 'close' }),
    });
    response.end(body);
  };
  const server = createServer({ ...TIMEOUTS, keepAliveTimeout: keepAliveMs }, (request, response) => {
    load.arrive();
    const connection = connections.of(request.socket);
    const { isFull } = load;
    if (!connection?.begin(response, isFull ? 1 : MOST_PIPELINED)) {
      if (connection?.end()) observer.turnedAway('pipelined');
      return stopParsing(request.socket);
    }
    if ((!isFull && connections.admits(connection)) || options.isProbe(request)) return handler(request, response);
    observer.turnedAway(isFull ? 'full' : 'connections');
    refuse(request, response, connection.isSurplus || (!connection.isKnown && connection.endWith(response)));
  });
  server.maxConnections = connections.most + SURPLUS;
  allowHalfOpen(server);

  const answer = (socket: Duplex, code: ProblemCode, reason?: string) => {
    const connection = socket instanceof Socket ? connections.of(socket) : undefined;
    const requestId = randomUUID();
    if (!connection?.end(rawProblem(code, requestId, problemBaseUri, options.security))) return;
    observer.malformed({ requestId, code, ...(reason !== undefined && { reason }) });
  };
  server.on('connection', (socket: Socket) => connections.add(socket));
  server.on('drop', () => observer.turnedAway('connections'));
  server.on('close', () => connections.close());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || isUnused(error, socket)) socket.destroy();
    else answer(socket, problemOfParser(error.code), error.code);
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

/** Browsers open connections for requests that may never come. */
function isUnused(error: NodeJS.ErrnoException, socket: Duplex): boolean {
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket instanceof Socket && socket.bytesRead === 0;
}

function problemOfParser(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  return 'invalid-request';
}

/** A client that has sent its last byte may still wait for its answers. */
function allowHalfOpen(server: Server & { httpAllowHalfOpen?: boolean }): void {
  server.httpAllowHalfOpen = true;
}

/**
 * Leaves the rest of what was read unparsed, which may be thousands of requests: Node would make two objects of each, and
 * has no documented way to stop. Its parser reports an error instead, for a connection that is ending.
 */
function stopParsing(socket: Socket & { parser?: { onIncoming?: () => number } | null }): void {
  if (socket.parser) socket.parser.onIncoming = () => -1;
}
