import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { TwilioHttp } from './twilio-http.js';

/** Where every request that is not ours is rewritten to. */
export const TWILIO_ROUTE = '/twilio';

/**
 * Brings everything that is not ours, rewritten to this one route, to Twilio's side: with the path as it was on the
 * wire and the body unparsed. Fastify's own router never sees a path that a client could have broken.
 */
export function registerTwilio(app: FastifyInstance, twilio: TwilioHttp): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    twilio.noteUnreadable(request.raw.socket, request.method, request.originalUrl, status, error.message);
    return reply.code(status).send({ status, message: error.message });
  });
  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    const body = typeof request.body === 'string' ? request.body : '';
    twilio.handle(request.raw, reply.raw, request.originalUrl, body);
    reply.hijack();
  };
  app.route({ method: app.supportedMethods, url: TWILIO_ROUTE, exposeHeadRoute: false, handler });
  // Methods that Fastify does not know.
  app.setNotFoundHandler((request, reply) => {
    if (request.raw.url === TWILIO_ROUTE) return handler(request, reply);
    return reply.code(404).send({ error: `There is no ${request.method} ${request.originalUrl}.` });
  });
}
