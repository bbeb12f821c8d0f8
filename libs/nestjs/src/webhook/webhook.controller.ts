import { parse, stringify } from 'node:querystring';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { Refusal } from '@resend/refusals.js';
import { ResendService } from '@resend/resend.service.js';
import type { Log } from '@telemetry/log.js';
import { Metrics, type WebhookReason } from '@telemetry/metrics.js';
import { placeOfBug } from '@telemetry/plain-error.js';
import { HttpProblem } from '../answers/problems.js';
import { mediaTypeOf } from '../input/media-type.js';
import { attributionOf, contextOf, type HttpRequest } from '../requests/request-context.js';
import { HASH_OF, type HashOf, LOG, WEBHOOK } from '../tokens.js';
import { hasOneReading } from './one-reading.js';
import { readEvent, type VerifyServiceSids, type WebhookMessage } from './webhook-event.js';
import { formFault, isSignedByTwilio, type SigningSecrets } from './webhook-signature.js';

/** What is needed to verify Twilio's webhooks. */
export interface WebhookOptions {
  /**
   * The account's auth token, which signs the webhooks: the primary one, or both during rotation. A function is called
   * for each webhook, so that they can change without a restart; it must not throw.
   */
  readonly authToken?: string | readonly string[] | (() => readonly string[]);
  /** The secrets of shared keys, with which Twilio can sign webhooks instead; a function as above. */
  readonly sharedKeys?: readonly string[] | (() => readonly string[]);
  /** The full URL that Twilio calls, exactly as configured at Twilio: the signature covers it. */
  readonly url: string;
}

/** `rawBody` is set in an application that was created with `rawBody: true`. */
type WebhookRequest = HttpRequest & { readonly rawBody?: Buffer };

/**
 * Twilio reports that a user has answered on the phone.
 *
 * Every signed call gets a 200: Twilio counts anything else as failed, and is not known to retry. If the answer can not
 * be stored now, the next look or dispatch fetches it.
 */
@Controller()
export class WebhookController {
  constructor(
    private readonly resends: ResendService,
    private readonly metrics: Metrics,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
    @Inject(LOG) private readonly log: Log,
    @Inject(WEBHOOK) private readonly options: WebhookOptions & VerifyServiceSids,
  ) {}

  @Post()
  @HttpCode(200)
  async receive(@Req() request: WebhookRequest): Promise<object> {
    const isJson = mediaTypeOf(request) === 'application/json';
    const body = bodyOf(request, isJson);
    if (body === undefined) throw this.refused('no-raw-body', NO_RAW_BODY);
    const fault = this.faultOf(request, isJson, body);
    if (fault) throw this.refused(fault, fault === 'ambiguous' ? AMBIGUOUS : adviceOn(request));

    contextOf(request).actor = 'twilio';
    const message = readEvent(body, isJson, this.options);
    const { result, ...why } = await this.resultOf(request, message);
    this.metrics.countWebhook(message.event, result);
    const line = { event: 'webhook', type: message.event, result, ...why };
    if (result === 'failed')
      this.log.error(line, 'could not store the answer from a webhook; the next look or tap will fetch it');
    else this.log.info(line, 'webhook received');
    return {};
  }

  private refused(reason: WebhookReason, advice: string): HttpProblem {
    this.metrics.countWebhook('other', 'bad-signature');
    this.metrics.webhooksRefused.inc({ reason });
    this.log.warn({ event: 'webhook', result: 'bad-signature', reason }, advice);
    return new HttpProblem('webhook-signature-invalid');
  }

  /** @returns undefined for a call that Twilio signed, with a single reading */
  private faultOf({ headers, url }: WebhookRequest, isJson: boolean, body: string): WebhookReason | undefined {
    const at = url.indexOf('?');
    const query = at < 0 ? '' : url.slice(at);
    const signature = String(headers['x-twilio-signature'] ?? '');
    const call = {
      signature,
      settings: headers[SIGNATURE_SETTINGS]?.toString(),
      url: this.options.url + query,
      isJson,
      body,
    };
    const fault = formFault(call, query);
    if (fault) return fault;
    if (!isSignedByTwilio(this.secrets, call)) return 'bad-signature';
    return isJson || hasOneReading(parse(body)) ? undefined : 'ambiguous';
  }

  private get secrets(): SigningSecrets {
    const { authToken = [], sharedKeys = [] } = this.options;
    const authTokens = typeof authToken === 'function' ? authToken() : [authToken].flat();
    return { authTokens, sharedKeys: typeof sharedKeys === 'function' ? sharedKeys() : sharedKeys };
  }

  private async resultOf(request: WebhookRequest, message: WebhookMessage) {
    if (message.kind !== 'answered') return { result: message.kind };
    const { identity, challengeSid, status } = message;
    contextOf(request).user = this.hashOf(identity);
    try {
      const { ended, challenge } = await this.resends.answered(identity, challengeSid, status, attributionOf(request));
      if (ended) return { result: 'learnt' } as const;
      // Twilio does not know this Challenge, so it no longer belongs to this service.
      return { result: challenge ? 'known' : 'ignored' } as const;
    } catch (cause) {
      const why = cause instanceof Refusal ? { code: cause.code, err: cause } : { bug: placeOfBug(cause) };
      return { result: 'failed', ...why } as const;
    }
  }
}

/** Only calls that a shared key signed have this header. */
const SIGNATURE_SETTINGS = 'x-twilio-webhooks-signature-settings';
const BAD_SIGNATURE =
  'webhook rejected: bad signature; if Twilio sent it, check the auth token and the public URL in the configuration';
const BAD_SHARED_KEY_SIGNATURE =
  'webhook rejected: bad shared-key signature; if Twilio sent it, check the shared keys (TWILIO_WEBHOOK_KEYS) and the public URL';
const AMBIGUOUS =
  'webhook rejected: the signed form is ambiguous; field boundaries of a captured webhook may have been moved';
const NO_RAW_BODY = 'JSON webhook rejected: no raw body to verify; create the application with rawBody: true';

function adviceOn({ headers }: WebhookRequest): string {
  return headers[SIGNATURE_SETTINGS] === undefined ? BAD_SIGNATURE : BAD_SHARED_KEY_SIGNATURE;
}

/**
 * The body as it was signed. A form that the host has already parsed can be used, because the signature covers its
 * fields; JSON needs the original bytes.
 *
 * @returns undefined for JSON without the original bytes
 */
function bodyOf({ rawBody, body }: WebhookRequest, isJson: boolean): string | undefined {
  if (rawBody !== undefined) return rawBody.toString();
  if (body === undefined || typeof body === 'string') return body ?? '';
  return isJson ? undefined : stringify(body as Record<string, string>);
}
