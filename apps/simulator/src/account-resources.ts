import { randomBytes } from 'node:crypto';

import type { Answer, Call } from './call.js';
import { twilioDate, type Clock } from './clock.js';
import { findEntity, findService } from './lookup.js';
import { newSid, type Entity, type Service, type Store } from './store.js';
import { isIdentity } from './twilio-path.js';
import { TwilioError } from './twilio-error.js';

/** Services, Entities and access tokens: only what it takes to set up a Challenge through Twilio's own routes. */
export class AccountResources {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly accountSid: string,
  ) {}

  /** `POST /v2/Services` */
  createService(call: Call): Answer {
    const friendlyName = call.form().required('FriendlyName');
    const service = this.store.ensureService(newSid('VA'), this.clock.wholeSecond(), friendlyName);
    return { status: 201, body: this.serviceJson(service, call), effect: 'service-created' };
  }

  /** `GET /v2/Services/{VA}` */
  fetchService(call: Call): Answer {
    return { status: 200, body: this.serviceJson(findService(this.store, call.params), call), effect: 'none' };
  }

  /** `POST …/Entities` */
  createEntity(call: Call): Answer {
    const service = findService(this.store, call.params);
    const identity = call.form().required('Identity');
    if (!isIdentity(identity)) throw new TwilioError(60306, 'Identity has 8 to 64 letters, digits and single dashes');
    if (service.entities.has(identity)) throw new TwilioError(60301);
    const entity = this.store.ensureEntity(service, identity, this.clock.wholeSecond());
    return { status: 201, body: this.entityJson(entity, call), effect: 'entity-created' };
  }

  /** `GET …/Entities/{identity}` */
  fetchEntity(call: Call): Answer {
    return { status: 200, body: this.entityJson(findEntity(this.store, call.params), call), effect: 'none' };
  }

  /** `DELETE …/Entities/{identity}`: with its Factors and Challenges (assumption: Twilio does not document it). */
  deleteEntity(call: Call): Answer {
    const entity = findEntity(this.store, call.params);
    this.store.deleteEntity(findService(this.store, call.params), entity);
    return { status: 204, body: undefined, effect: 'entity-deleted' };
  }

  /** `POST …/AccessTokens`: well-formed and meaningless. */
  createAccessToken(call: Call): Answer {
    const service = findService(this.store, call.params);
    const form = call.form();
    const identity = form.required('Identity');
    if (form.required('FactorType') !== 'push') throw new TwilioError(60306, 'FactorType must be push');
    const ttl = Number(form.text('Ttl') ?? 60);
    if (!Number.isInteger(ttl) || ttl < 60 || ttl > 300) throw new TwilioError(60306, 'Ttl must be from 60 to 300');
    const sid = newSid('YK');
    const body = {
      sid,
      account_sid: this.accountSid,
      service_sid: service.sid,
      entity_identity: identity,
      factor_type: 'push',
      factor_friendly_name: form.text('FactorFriendlyName') ?? null,
      token: randomBytes(32).toString('base64url'),
      url: `${call.baseUrl}/v2/Services/${service.sid}/AccessTokens/${sid}`,
      ttl,
      date_created: twilioDate(this.clock.now()),
    };
    return { status: 201, body, effect: 'access-token-created' };
  }

  private serviceJson(service: Service, call: Call) {
    const date = twilioDate(service.createdAt);
    const url = `${call.baseUrl}/v2/Services/${service.sid}`;
    const { sid, friendlyName: friendly_name } = service;
    return { sid, account_sid: this.accountSid, friendly_name, date_created: date, date_updated: date, url };
  }

  private entityJson(entity: Entity, call: Call) {
    const date = twilioDate(entity.createdAt);
    const url = `${call.baseUrl}/v2/Services/${call.params.service}/Entities/${entity.identity}`;
    return {
      sid: entity.sid,
      identity: entity.identity,
      account_sid: this.accountSid,
      service_sid: call.params.service,
      date_created: date,
      date_updated: date,
      url,
      links: { factors: `${url}/Factors`, new_factors: `${url}/Factors`, challenges: `${url}/Challenges` },
    };
  }
}
