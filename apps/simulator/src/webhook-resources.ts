import type { Answer, Call, Form } from './call.js';
import { twilioDate, type Clock } from './clock.js';
import { findService, findWebhook } from './lookup.js';
import { newSid, type Store, type Webhook } from './store.js';
import { TwilioError } from './twilio-error.js';
import { webhookTypes, type WebhookType } from './webhooks.js';

/** The Webhooks of a service: who is told which events. They can not be changed here, only made anew. */
export class WebhookResources {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly accountSid: string,
  ) {}

  /** `POST …/Webhooks` */
  create(call: Call): Answer {
    const service = findService(this.store, call.params);
    const webhook: Webhook = {
      sid: newSid('YW'),
      createdAt: this.clock.wholeSecond(),
      ...readWebhook(call.form()),
    };
    service.webhooks.set(webhook.sid, webhook);
    return { status: 201, body: this.json(webhook, call), effect: 'webhook-created' };
  }

  /** `GET …/Webhooks`: all of them on one page. */
  list(call: Call): Answer {
    const { sid, webhooks } = findService(this.store, call.params);
    const url = `${call.baseUrl}/v2/Services/${sid}/Webhooks?PageSize=50&Page=0`;
    const pages = { first_page_url: url, previous_page_url: null, url, next_page_url: null };
    const meta = { page: 0, page_size: 50, ...pages, key: 'webhooks' };
    const body = { webhooks: [...webhooks.values()].map((webhook) => this.json(webhook, call)), meta };
    return { status: 200, body, effect: 'none' };
  }

  /** `GET …/Webhooks/{YW}` */
  fetch(call: Call): Answer {
    return { status: 200, body: this.json(findWebhook(this.store, call.params), call), effect: 'none' };
  }

  /** `DELETE …/Webhooks/{YW}` */
  remove(call: Call): Answer {
    const webhook = findWebhook(this.store, call.params);
    findService(this.store, call.params).webhooks.delete(webhook.sid);
    return { status: 204, body: undefined, effect: 'webhook-deleted' };
  }

  /** Where an event of the service goes. */
  urls(type: WebhookType, serviceSid: string): string[] {
    return [...(this.store.services.get(serviceSid)?.webhooks.values() ?? [])]
      .filter(({ enabled, eventTypes }) => enabled && (eventTypes.includes('*') || eventTypes.includes(type)))
      .map(({ url }) => url);
  }

  private json(webhook: Webhook, call: Call) {
    const date = twilioDate(webhook.createdAt);
    return {
      sid: webhook.sid,
      service_sid: call.params.service,
      account_sid: this.accountSid,
      friendly_name: webhook.friendlyName,
      event_types: webhook.eventTypes,
      status: webhook.enabled ? 'enabled' : 'disabled',
      version: webhook.version,
      webhook_url: webhook.url,
      webhook_method: 'POST',
      date_created: date,
      date_updated: date,
      url: `${call.baseUrl}/v2/Services/${call.params.service}/Webhooks/${webhook.sid}`,
    };
  }
}

/** @throws TwilioError 60306 on a missing or impossible field (assumption) */
function readWebhook(form: Form): Omit<Webhook, 'sid' | 'createdAt'> {
  const known: readonly string[] = ['*', ...webhookTypes];
  const eventTypes = form.all('EventTypes');
  if (eventTypes.length === 0 || !eventTypes.every((type) => known.includes(type))) {
    throw new TwilioError(60306, `EventTypes must be of ${known.join(', ')}`);
  }
  const url = form.required('WebhookUrl');
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new TwilioError(60306, 'WebhookUrl is not a URL');
  const status = form.text('Status') ?? 'enabled';
  const version = form.text('Version') ?? 'v2';
  if (status !== 'enabled' && status !== 'disabled') throw new TwilioError(60306, 'Status must be enabled or disabled');
  if (version !== 'v1' && version !== 'v2') throw new TwilioError(60306, 'Version must be v1 or v2');
  return { friendlyName: form.required('FriendlyName'), eventTypes, url, enabled: status === 'enabled', version };
}
