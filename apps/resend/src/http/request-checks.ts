import type { IncomingMessage } from 'node:http';
import accepts from 'accepts';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { setCommonHeaders } from '@nest/answers/headers.js';
import { HttpProblem } from '@nest/answers/problems.js';
import type { Drain } from '@nest/lifecycle/drain.js';
import { Refusal } from '@resend/refusals.js';
import { EVENTS_ROUTE, ROUTINE, type Surface, WEBHOOK_ROUTE } from './paths.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path exists, but not with this method. */
    isNotServed?: true;
  }
}

const URL_LIMIT = 2048;
const SERVED = ['application/json', 'application/problem+json'];
const EVENTS = ['text/event-stream'];
/** A header value that means no coding. */
const NO_CODING = /^(?:identity|[\s,])*$/i;
/** Of a media range, all but its quality. */
// backtracks: never, since it begins at a semicolon and no part of it takes what ends the part
const PARAMETER = /;\s*(?!q\s*=)[^\s;,="]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*)/gi;

/** Checks every request before its route, its credential and its body. */
export function checkRequests(fastify: FastifyInstance, surface: Surface, drain: Drain): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(reply, request.id);
    done(refusedWhileDraining(request, surface, drain) ?? objectionTo(request));
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (drain.isDraining) reply.header('Connection', 'close');
    done();
  });
}

/** A screen retries on another instance; Twilio does not retry a refused webhook. */
export function refusedWhileDraining(request: FastifyRequest, surface: Surface, drain: Drain): Refusal | undefined {
  if (!drain.isDraining || surface === 'private' || request.routeOptions.url === WEBHOOK_ROUTE) return undefined;
  return new Refusal('shutting-down', { waitMs: 1000 });
}

/** Checks that apply to every route. @returns undefined if the request passes */
export function objectionTo(request: FastifyRequest): HttpProblem | undefined {
  const { raw, headers } = request;
  if ((raw.url ?? '').length > URL_LIMIT) return new HttpProblem('uri-too-long');
  if (!hasOneHost(raw)) {
    const errors = [{ pointer: '/headers/host', message: 'must be given once' }];
    return new HttpProblem('invalid-request', { errors });
  }
  const { accept, 'content-encoding': encoding } = headers;
  if (encoding !== undefined && !NO_CODING.test(encoding)) return new HttpProblem('unsupported-media-type');
  if (accept === undefined || accept === '*/*') return undefined;
  const { url } = request.routeOptions; // Fastify makes them anew at each access
  // Probes get their response whatever they accept: a load balancer's may send `text/html`, which can not be changed.
  const served = url === EVENTS_ROUTE ? EVENTS : SERVED;
  if (accept === served[0] || ROUTINE.has(url ?? '') || isAcceptable(accept, served)) return undefined;
  return new HttpProblem('not-acceptable');
}

/** A client that accepts `application/json; charset=utf-8` accepts the type served here, which has no parameters. */
function isAcceptable(accept: string, served: string[]): boolean {
  const request = { headers: { accept: accept.replaceAll(PARAMETER, '') } };
  return accepts(request as IncomingMessage).types(served) !== false;
}

/** RFC 9112, 3.2. */
function hasOneHost({ httpVersion, headers, rawHeaders }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion === '1.0';
  // Node keeps the first of several; names are at the even places.
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1;
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
      config: { isNotServed: true },
      onRequest: (_request, _reply, done) => done(new HttpProblem('method-not-allowed', { allow })),
      handler: () => undefined,
    });
  }
}
