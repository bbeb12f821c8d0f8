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
 * bytes. Other types are refused before they are read. Call it after Nest has registered its own parsers.
 */
export function parseBodies(fastify: FastifyInstance, hasWebhook: boolean): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<string>(JSON_TYPE, { parseAs: 'string' }, (request, body, done) => {
    if (isWebhook(request)) done(null, body);
    else void parseJson(request, body, done);
  });
  if (!hasWebhook) return;
  fastify.addContentTypeParser(FORM_TYPE, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  fastify.addHook('preParsing', (request, _reply, _payload, done) => {
    const isForm = mediaTypeOf(request) === FORM_TYPE;
    const isRead = !isForm || isWebhook(request) || request.is404;
    done(isRead ? null : new HttpProblem('unsupported-media-type'));
  });
}

function isWebhook({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === WEBHOOK_ROUTE;
}
