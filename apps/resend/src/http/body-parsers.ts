import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from '@nest/answers/problems.js';
import { mediaTypeOf } from '@nest/input/media-type.js';
import { WEBHOOK_ROUTE } from './paths.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Higher for webhooks, whose fields Twilio defines. */
const WEBHOOK_LIMIT_BYTES = 16_384;

/** Raises the body limit of the webhook. Call it before the routes are registered. */
export function allowLongWebhooks(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === WEBHOOK_ROUTE) route.bodyLimit = WEBHOOK_LIMIT_BYTES;
  });
}

/**
 * Parses JSON for every route except the webhook, which gets JSON and forms as text, because the signature covers the
 * bytes. Other types are refused, before they are read where their length is known. A whitespace-only body counts as
 * absent, whatever its type: clients announce types of bodies that they do not send, and proxies send empty bodies in
 * chunks. Call it after Nest has registered its own parsers.
 *
 * @param accept called when a body is complete, before it is parsed; returns why the request is refused, if it is
 */
export function parseBodies(fastify: FastifyInstance, accept: (request: FastifyRequest) => Error | undefined): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<string>(JSON_TYPE, { parseAs: 'string' }, (request, body, done) => {
    const refusal = accept(request);
    if (refusal) done(refusal);
    else if (isWebhook(request)) done(null, body);
    else if (isBlank(body)) done(null);
    else void parseJson(request, body, done);
  });
  fastify.addContentTypeParser<string>('*', { parseAs: 'string' }, (request, body, done) => {
    const refusal = accept(request);
    if (refusal) done(refusal);
    else if (isTaken(request)) done(null, body);
    else done(isBlank(body) ? null : new HttpProblem('unsupported-media-type'));
  });
  fastify.addHook('preParsing', (request, _reply, _payload, done) => {
    const { headers } = request;
    if (headers['content-type'] === undefined && headers['content-length'] === undefined) return done();
    const isChunked = headers['transfer-encoding'] !== undefined;
    const isEmpty = !isChunked && Number(headers['content-length'] ?? 0) === 0;
    // Without the type, Fastify does not look for a parser.
    if (isEmpty) delete request.raw.headers['content-type'];
    if (isEmpty || isTaken(request)) return done();
    if (request.is404) return done(new HttpProblem('not-found'));
    done(isChunked ? null : new HttpProblem('unsupported-media-type'));
  });
}

/** Whether a body of this type is read. */
function isTaken(request: FastifyRequest): boolean {
  const type = mediaTypeOf(request);
  return type === JSON_TYPE || (type === FORM_TYPE && isWebhook(request));
}

function isBlank(body: string): boolean {
  return body.trim() === '';
}

function isWebhook({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === WEBHOOK_ROUTE;
}
