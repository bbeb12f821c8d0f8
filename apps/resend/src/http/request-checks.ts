import type { IncomingMessage } from 'node:http';
import accepts from 'accepts';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { setCommonHeaders } from '@nest/answers/headers.js';
import { HttpProblem } from '@nest/answers/problems.js';
import type { Drain } from '@nest/lifecycle/drain.js';
import { Refusal } from '@resend/refusals.js';
import { EVENTS_ROUTE, type Surface, WEBHOOK_ROUTE } from './paths.js';

const URL_LIMIT = 2048;
const SERVED = ['application/json', 'application/problem+json'];
const EVENTS = ['text/event-stream'];

/** Checks every request before its route, its credential and its body. */
export function checkRequests(fastify: FastifyInstance, surface: Surface, drain: Drain): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(reply, request.id);
    // A screen retries on another instance; Twilio does not retry a refused webhook.
    const isRetried = surface === 'public' && request.routeOptions.url !== WEBHOOK_ROUTE;
    const isLeaving = drain.isDraining && isRetried;
    done(isLeaving ? new Refusal('shutting-down', { waitMs: 1000 }) : objectionTo(request));
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (drain.isDraining) reply.header('Connection', 'close');
    done();
  });
}

/** Checks that apply to every route. @returns undefined if the request passes */
export function objectionTo({ raw, headers, routeOptions }: FastifyRequest): HttpProblem | undefined {
  if ((raw.url ?? '').length > URL_LIMIT) return new HttpProblem('uri-too-long');
  if (!hasOneHost(raw)) {
    const errors = [{ pointer: '/headers/host', message: 'must be given once' }];
    return new HttpProblem('invalid-request', { errors });
  }
  const { accept, 'content-encoding': encoding = 'identity' } = headers;
  if (encoding !== 'identity') return new HttpProblem('unsupported-media-type');
  const served = routeOptions.url === EVENTS_ROUTE ? EVENTS : SERVED;
  const isPlain = accept === undefined || accept === '*/*' || accept === served[0];
  if (isPlain || routeOptions.url === '/metrics' || accepts(raw).types(served) !== false) return undefined;
  return new HttpProblem('not-acceptable');
}

/** RFC 9112, 3.2. */
function hasOneHost({ httpVersion, headers, rawHeaders }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion === '1.0';
  // Node keeps the first of several; names are at the even places.
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length === 1;
}

/** Existing paths answer 405 with `Allow` to methods that they do not support, without reading the body. */
export function refuseOtherMethods(fastify: FastifyInstance, routes: readonly RouteOptions[]): void {
  for (const [url, samePath] of Map.groupBy(routes, (route) => route.url)) {
    const has = new Set(samePath.flatMap(({ method }) => method));
    const allow = [...has].join(', ');
    fastify.route({
      url,
      method: fastify.supportedMethods.filter((method) => !has.has(method)),
      exposeHeadRoute: false,
      onRequest: (_request, _reply, done) => done(new HttpProblem('method-not-allowed', { allow })),
      handler: () => undefined,
    });
  }
}
