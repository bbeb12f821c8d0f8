import type { FastifyInstance } from 'fastify';
import type { Log } from '@telemetry/log.js';
import type { Surface } from './paths.js';

/**
 * Logs each call that has a Twilio signature but no route: a wrong URL at Twilio, or a wrong proxy route, would
 * otherwise go unnoticed, because looks and taps learn the same later.
 */
export function reportLostWebhooks(fastify: FastifyInstance, surface: Surface, hasWebhook: boolean, log: Log): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['x-twilio-signature'] !== undefined && request.is404) {
      log.warn({ event: 'webhook', result: 'not-found', surface }, `webhook lost: ${reason(request.url)}`);
    }
    done();
  });

  function reason(url: string): string {
    if (surface === 'private') return 'received on the private port; this path is served on the public one';
    if (!hasWebhook) return 'webhooks are disabled; set TWILIO_AUTH_TOKEN, or delete the webhook at Twilio';
    return url.includes('//') ? `its path has two slashes in a row; ${ADVICE}` : `no route serves its path; ${ADVICE}`;
  }
}

const ADVICE =
  'at Twilio, enter the value of PUBLIC_URL followed by /webhooks/twilio/verify, with one slash in between; proxies may strip only the path prefix in PUBLIC_URL';
