import type { Answer, Call } from './call.js';
import { twilioDate, type Clock } from './clock.js';
import type { Form } from './form.js';
import { pageOf } from './list-page.js';
import { findService, findWebhook } from './lookup.js';
import type { Webhook } from './records.js';
import { newSid } from './sid.js';
import type { Store } from './store.js';
import { TwilioError } from './twilio-error.js';
import { webhookTypes, type WebhookType } from './webhooks.js';

/** The Webhooks of a service: which events are sent where. */
export class WebhookResources {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly accountSid: string,
  ) {}

  /** `POST …/Webhooks` */
  create(call: Call): Answer {
    const service = findService(this.store, call.params);
    const form = call.form();
    form.required('FriendlyName');
    form.required('WebhookUrl');
    const now = this.clock.wholeSecond();
    const webhook: Webhook = { sid: newSid('YW'), createdAt: now, updatedAt: now, ...readWebhook(form, blank) };
    service.webhooks.set(webhook.sid, webhook);
    return { status: 201, body: this.json(webhook, call), effect: 'webhook-created' };
  }

  /** `GET …/Webhooks` */
  list(call: Call): Answer {
    const { sid, webhooks } = findService(this.store, call.params);
    const all = [...webhooks.values()].map((webhook) => this.json(webhook, call));
    return { status: 200, body: pageOf(call, `/v2/Services/${sid}/Webhooks`, 'webhooks', all), effect: 'none' };
  }

  /** `GET …/Webhooks/{YW}` */
  fetch(call: Call): Answer {
    return { status: 200, body: this.json(findWebhook(this.store, call.params), call), effect: 'none' };
  }

  /** `POST …/Webhooks/{YW}` */
  update(call: Call): Answer {
    const webhook = findWebhook(this.store, call.params);
    Object.assign(webhook, readWebhook(call.form(), webhook), { updatedAt: this.clock.wholeSecond() });
    return { status: 200, body: this.json(webhook, call), effect: 'webhook-updated' };
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
      .filter(
        ({ status, eventTypes }) => status === 'enabled' && (eventTypes.includes('*') || eventTypes.includes(type)),
      )
      .map(({ url }) => url);
  }

  private json(webhook: Webhook, call: Call) {
    return {
      sid: webhook.sid,
      service_sid: call.params.service,
      account_sid: this.accountSid,
      friendly_name: webhook.friendlyName,
      event_types: webhook.eventTypes,
      status: webhook.status,
      version: webhook.version,
      webhook_url: webhook.url,
      webhook_method: 'POST',
      date_created: twilioDate(webhook.createdAt),
      date_updated: twilioDate(webhook.updatedAt),
      url: `${call.baseUrl}/v2/Services/${call.params.service}/Webhooks/${webhook.sid}`,
    };
  }
}

type Settings = Omit<Webhook, 'sid' | 'createdAt' | 'updatedAt'>;

/** What a new Webhook starts from; the fields that have no default are required. */
const blank: Settings = { friendlyName: '', eventTypes: [], url: '', status: 'enabled', version: 'v2' };

/**
 * The Webhook after a create or an update: a field that is absent keeps its current value.
 *
 * @throws TwilioError 60306 on an impossible field (assumption)
 */
function readWebhook(form: Form, current: Settings): Settings {
  const known: readonly string[] = ['*', ...webhookTypes];
  const given = form.all('EventTypes');
  const eventTypes = given.length === 0 ? current.eventTypes : given;
  if (eventTypes.length === 0 || !eventTypes.every((type) => known.includes(type))) {
    throw new TwilioError(60306, `EventTypes must be of ${known.join(', ')}`);
  }
  const url = form.text('WebhookUrl') ?? current.url;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new TwilioError(60306, 'WebhookUrl is not a URL');
  return {
    friendlyName: form.text('FriendlyName') ?? current.friendlyName,
    eventTypes,
    url,
    status: form.oneOf('Status', ['enabled', 'disabled']) ?? current.status,
    version: form.oneOf('Version', ['v1', 'v2']) ?? current.version,
  };
}
