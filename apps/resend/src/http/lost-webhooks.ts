import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Surface } from './paths.js';

/**
 * Logs each call that bears a signature of Twilio's and leads nowhere: a wrong address at Twilio, or a wrong route of a
 * proxy, which otherwise nobody would notice, because looks and taps find out the same later.
 */
export function reportLostWebhooks(fastify: FastifyInstance, surface: Surface, hasWebhook: boolean, log: Logger): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['x-twilio-signature'] !== undefined && request.is404) {
      log.warn({ event: 'webhook', result: 'not-found', surface }, `webhook lost: ${reason(request.url)}`);
    }
    done();
  });

  function reason(url: string): string {
    if (surface === 'private') return 'it came to the private port; its path is served on the public one';
    if (!hasWebhook) return 'webhooks are switched off; set TWILIO_AUTH_TOKEN, or delete the webhook at Twilio';
    return url.includes('//') ? `its path has two slashes in a row; ${ADVICE}` : `nobody serves its path; ${ADVICE}`;
  }
}

const ADVICE =
  'enter the value of PUBLIC_URL and /webhooks/twilio/verify at Twilio, with one slash in between, and let proxies remove only what PUBLIC_URL has of the path';
