import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Refusal } from '@resend/refusals.js';
import type { ResendService } from '@resend/resend.service.js';
import type { Metrics } from '@telemetry/metrics.js';
import { placeOfBug } from '@telemetry/plain-error.js';
import { note } from '@telemetry/request-context.js';
import { HttpProblem } from '../answers/problems.js';
import { circumstances } from '../circumstances.js';
import type { HashOf } from '../tokens.js';
import { readEvent, type Told } from './webhook-event.js';
import { isSignedByTwilio, looksSigned } from './webhook-signature.js';

/** Where Twilio calls, after PUBLIC_URL. */
export const WEBHOOK_PATH = '/webhooks/twilio/verify';

const BODY_LIMIT_BYTES = 16_384;
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The account and the Verify Service whose calls are accepted. */
export interface WebhookAccount {
  readonly accountSid: string;
  readonly serviceSid: string;
  /** Checks the signatures. */
  readonly authToken: string;
  /** URL of the public port as Twilio calls it, without a slash at the end. */
  readonly publicUrl: string;
}

/** What the webhook works with. */
export interface WebhookParts {
  readonly webhook: WebhookAccount;
  readonly resends: ResendService;
  readonly hashOf: HashOf;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * `POST /webhooks/twilio/verify`: Twilio says that a user has answered on the phone. A plugin of its own, as only here a
 * form is read, and a body before it is parsed: the signature is over its bytes.
 *
 * Whatever is signed is answered 200. Twilio counts anything else as failed and is not known to come again, and what can
 * not be learnt now is learnt by the next look or dispatch.
 */
export function twilioWebhook({ webhook, resends, hashOf, metrics, log }: WebhookParts): FastifyPluginAsync {
  const resultOf = async (told: Told) => {
    if (told.kind !== 'answered') return { result: told.kind };
    const { identity, challengeSid, status } = told;
    note({ user: hashOf(identity) });
    try {
      const { ended, challenge } = await resends.answered(identity, challengeSid, status, circumstances());
      if (ended) return { result: 'learnt' } as const;
      // Twilio itself knows of no such Challenge: it is not of this service any more.
      return { result: challenge ? 'known' : 'ignored' } as const;
    } catch (cause) {
      const why = cause instanceof Refusal ? { code: cause.code, err: cause } : { bug: placeOfBug(cause) };
      return { result: 'failed', ...why } as const;
    }
  };

  const answer = async (request: FastifyRequest<{ Body?: string }>): Promise<object> => {
    const { body = '' } = request;
    const isJson = mediaType(request) === JSON_TYPE;
    const query = queryOf(request);
    const url = `${webhook.publicUrl}${WEBHOOK_PATH}${query}`;
    const signature = String(request.headers['x-twilio-signature'] ?? '');
    const call = { signature, url, isJson, body };
    if (!looksSigned(call, query) || !isSignedByTwilio(webhook.authToken, call)) {
      metrics.webhookCame('other', 'bad-signature');
      const line = { event: 'webhook', result: 'bad-signature' };
      log.warn(line, 'not signed by Twilio; if it was Twilio, look at PUBLIC_URL and TWILIO_AUTH_TOKEN');
      throw new HttpProblem('webhook-signature-invalid');
    }

    note({ actor: 'twilio' });
    const told = readEvent(body, isJson, webhook);
    const { result, ...why } = await resultOf(told);
    metrics.webhookCame(told.event, result);
    const line = { event: 'webhook', type: told.event, result, ...why };
    if (result === 'failed') log.error(line, 'what Twilio told could not be learnt; the next look or tap will');
    else log.info(line, 'Twilio has called');
    return {};
  };

  metrics.webhooksExpected.set(1);
  return async (scope) => {
    readAsText(scope);
    scope.route({
      method: 'POST',
      url: WEBHOOK_PATH,
      constraints: { surface: 'public' },
      bodyLimit: BODY_LIMIT_BYTES,
      handler: answer,
    });
  };
}

/** Both types as they came; every other one is refused, here as elsewhere. */
function readAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser([JSON_TYPE, FORM_TYPE], { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

function mediaType({ headers }: FastifyRequest): string | undefined {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}

/** As it was received, with its question mark. */
function queryOf({ raw: { url = '' } }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}
