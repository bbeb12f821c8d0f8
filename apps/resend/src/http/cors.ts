import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setCommonHeaders } from './request-checks.js';
import { surfaceOf } from '@nest/surface.js';

/** What a page may read of an answer, beyond what it always may. */
const EXPOSED = 'Retry-After, RateLimit, RateLimit-Policy, Request-Id, Idempotent-Replayed';

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, Request-Id, traceparent',
  // No browser believes one longer.
  'Access-Control-Max-Age': '7200',
};

export interface CorsOptions {
  /** Exactly as browsers write them; never `*`, never `null`. */
  readonly origins: ReadonlySet<string>;
  /** Cookies come along. */
  readonly withCredentials: boolean;
}

/**
 * Lets pages of some other origins use the public port (the Fetch standard's CORS protocol). It lets browsers read
 * answers, refusals included; who may do what is decided elsewhere.
 */
export class Cors {
  constructor(private readonly options: CorsOptions) {}

  /** On every answer of the public port: which origin asks decides, so no cache may mix them up. */
  mark(request: FastifyRequest, reply: FastifyReply): void {
    if (surfaceOf(request.raw) !== 'public') return;
    reply.header('Vary', 'Origin');
    const origin = this.allowedOrigin(request);
    if (origin === undefined) return;
    reply.headers({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': EXPOSED,
      ...(this.options.withCredentials && { 'Access-Control-Allow-Credentials': 'true' }),
    });
  }

  /** Before anything is objected to, so that what is objected to can be read; preflights are answered here. */
  hook(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.mark(request, reply);
      if (!this.isPreflight(request)) return done();
      setCommonHeaders(request, reply);
      void reply.code(204).headers(PREFLIGHT).send();
    });
  }

  /** Of an origin that is not allowed, it is an OPTIONS like any other, and answered 405. */
  private isPreflight(request: FastifyRequest): boolean {
    const { method, raw, headers } = request;
    const asksFor = headers['access-control-request-method'];
    if (method !== 'OPTIONS' || asksFor === undefined || surfaceOf(raw) !== 'public') return false;
    return this.allowedOrigin(request) !== undefined;
  }

  private allowedOrigin({ headers }: FastifyRequest): string | undefined {
    const { origin } = headers;
    return origin !== undefined && this.options.origins.has(origin) ? origin : undefined;
  }
}
