import type { Answer, Call } from './call.js';
import { twilioDate, type Clock } from './clock.js';
import { pageOf } from './list-page.js';
import { findService } from './lookup.js';
import type { Service } from './records.js';
import { defaultServiceSettings, readServiceSettings } from './service-settings.js';
import { newSid } from './sid.js';
import type { Store } from './store.js';

/** The services of the account. */
export class Services {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly accountSid: string,
  ) {}

  /** `POST /v2/Services` */
  create(call: Call): Answer {
    const form = call.form();
    form.required('FriendlyName');
    const settings = readServiceSettings(form, defaultServiceSettings);
    const service = this.store.addService(newSid('VA'), this.clock.wholeSecond(), settings);
    return { status: 201, body: this.json(service, call), effect: 'service-created' };
  }

  /** `GET /v2/Services` */
  list(call: Call): Answer {
    const all = [...this.store.services.values()].map((service) => this.json(service, call));
    return { status: 200, body: pageOf(call, '/v2/Services', 'services', all), effect: 'none' };
  }

  /** `GET /v2/Services/{VA}` */
  fetch(call: Call): Answer {
    return { status: 200, body: this.json(findService(this.store, call.params), call), effect: 'none' };
  }

  /** `POST /v2/Services/{VA}` */
  update(call: Call): Answer {
    const service = findService(this.store, call.params);
    service.settings = readServiceSettings(call.form(), service.settings);
    service.updatedAt = this.clock.wholeSecond();
    return { status: 200, body: this.json(service, call), effect: 'service-updated' };
  }

  /** `DELETE /v2/Services/{VA}`: with everything in it (assumption: Twilio does not document it). */
  remove(call: Call): Answer {
    this.store.deleteService(findService(this.store, call.params));
    return { status: 204, body: undefined, effect: 'service-deleted' };
  }

  private json(service: Service, call: Call) {
    const url = `${call.baseUrl}/v2/Services/${service.sid}`;
    return {
      sid: service.sid,
      account_sid: this.accountSid,
      ...service.settings,
      date_created: twilioDate(service.createdAt),
      date_updated: twilioDate(service.updatedAt),
      url,
      links: {
        verification_checks: `${url}/VerificationCheck`,
        verifications: `${url}/Verifications`,
        rate_limits: `${url}/RateLimits`,
        messaging_configurations: `${url}/MessagingConfigurations`,
        entities: `${url}/Entities`,
        webhooks: `${url}/Webhooks`,
        access_tokens: `${url}/AccessTokens`,
      },
    };
  }
}
