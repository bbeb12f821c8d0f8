import type { IncomingMessage } from 'node:http';
import accepts from 'accepts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import type { Drain } from '@nest/lifecycle/drain.js';
import { HttpProblem } from '@nest/answers/problems.js';
import { WEBHOOK_PATH } from '@nest/webhook/webhook.controller.js';
import { surfaceOf } from '@nest/surface.js';

const URL_LIMIT = 2048;
const SERVED = ['application/json', 'application/problem+json'];

/** What every request must get past before its route, its credential or its body is looked at. */
export function admit(fastify: FastifyInstance, drain: Drain): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    // A screen asks another instance; a webhook that is turned away does not come again.
    const comesAgain = surfaceOf(request.raw) === 'public' && request.routeOptions.url !== WEBHOOK_PATH;
    const isLeaving = drain.isDraining && comesAgain;
    done(isLeaving ? new Refusal('shutting-down', { waitMs: 1000 }) : objectionTo(request));
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (drain.isDraining) reply.header('Connection', 'close');
    done();
  });
}

/** Of every answer. */
export function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ 'Request-Id': request.id, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
}

/** What is wrong with a request whatever it asks for. */
export function objectionTo({ raw, headers, routeOptions }: FastifyRequest): HttpProblem | undefined {
  if ((raw.url ?? '').length > URL_LIMIT) return new HttpProblem('uri-too-long');
  if (!hasOneHost(raw)) {
    const errors = [{ pointer: '/headers/host', message: 'must be given once' }];
    return new HttpProblem('invalid-request', { errors });
  }
  const { accept, 'content-encoding': encoding = 'identity' } = headers;
  if (encoding !== 'identity') return new HttpProblem('unsupported-media-type');
  const isPlain = accept === undefined || accept === '*/*' || accept === 'application/json';
  if (isPlain || routeOptions.url === '/metrics' || accepts(raw).types(SERVED) !== false) return undefined;
  return new HttpProblem('not-acceptable');
}

/** RFC 9112, 3.2. */
function hasOneHost({ httpVersion, headers, headersDistinct }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion === '1.0';
  return headersDistinct.host?.length === 1;
}

/** A path that exists answers 405 with `Allow` to the methods it does not have, before it reads their body. */
export function refuseOtherMethods(fastify: FastifyInstance, routes: readonly RouteOptions[]): void {
  const byPath = Map.groupBy(routes, ({ url, constraints }) => JSON.stringify([url, constraints]));
  for (const samePath of byPath.values()) {
    const [first] = samePath;
    if (!first) continue;
    const has = new Set(samePath.flatMap(({ method }) => method));
    const allow = [...has].join(', ');
    fastify.route({
      url: first.url,
      method: fastify.supportedMethods.filter((method) => !has.has(method)),
      constraints: first.constraints ?? {},
      exposeHeadRoute: false,
      onRequest: (_request, _reply, done) => done(new HttpProblem('method-not-allowed', { allow })),
      handler: () => undefined,
    });
  }
}
