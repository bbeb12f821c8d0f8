import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setCommonHeaders } from '@nest/answers/headers.js';

/** The response headers that pages may read, in addition to those that CORS always allows. */
const EXPOSED = 'Retry-After, RateLimit, RateLimit-Policy, Request-Id, Idempotent-Replayed';

/** What pages may send: what the API reads, and what tracing libraries add to every request. */
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Request-Id',
  'traceparent',
  'tracestate',
  'baggage',
  'sentry-trace',
];

export interface CorsOptions {
  /** Exactly as browsers send them; never `*`, never `null`. */
  readonly origins: ReadonlySet<string>;
  /** Request headers that pages may send, in addition to those that are always allowed. */
  readonly headers: readonly string[];
  /** Whether browsers may send cookies. */
  readonly withCredentials: boolean;
}

/**
 * Allows pages of some other origins to use the public port (CORS, in the Fetch standard). It only lets browsers read the
 * answers, refusals included; authorization is decided elsewhere.
 */
export class Cors {
  private readonly preflight: Readonly<Record<string, string>>;

  constructor(private readonly options: CorsOptions) {
    this.preflight = {
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': [...ALLOWED, ...options.headers].join(', '),
      // Browsers cache a preflight no longer than this.
      'Access-Control-Max-Age': '7200',
    };
  }

  /** Sets the headers of every answer of the public port. They depend on the origin, so caches must not mix them. */
  mark(request: FastifyRequest, reply: FastifyReply): void {
    reply.headers(this.headersFor(request));
  }

  /** The same, for an answer that Fastify does not write. */
  headersFor({ headers }: Pick<IncomingMessage, 'headers'>): Record<string, string> {
    const origin = this.allowedOrigin(headers);
    if (origin === undefined) return { Vary: 'Origin' };
    return {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': EXPOSED,
      ...(this.options.withCredentials && { 'Access-Control-Allow-Credentials': 'true' }),
    };
  }

  /** Runs before the request checks, so that pages can read their refusals, too. Answers preflights. */
  hook(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.mark(request, reply);
      if (!this.isPreflight(request)) return done();
      setCommonHeaders(reply, request.id);
      void reply.code(204).headers(this.preflight).send();
    });
  }

  /** A preflight from an origin that is not allowed is an ordinary OPTIONS, answered with 405. */
  private isPreflight(request: FastifyRequest): boolean {
    const { method, headers } = request;
    const asksFor = headers['access-control-request-method'];
    if (method !== 'OPTIONS' || asksFor === undefined) return false;
    return this.allowedOrigin(headers) !== undefined;
  }

  private allowedOrigin({ origin }: IncomingHttpHeaders): string | undefined {
    return origin !== undefined && this.options.origins.has(origin) ? origin : undefined;
  }
}
