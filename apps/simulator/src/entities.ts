import type { Answer, Call } from './call.js';
import { twilioDate, type Clock } from './clock.js';
import { pageOf } from './list-page.js';
import { findEntity, findService } from './lookup.js';
import type { Entity } from './records.js';
import type { Store } from './store.js';
import { TwilioError } from './twilio-error.js';
import { readIdentity } from './identity.js';

/** The users of a service. */
export class Entities {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly accountSid: string,
  ) {}

  /** `POST …/Entities` */
  create(call: Call): Answer {
    const service = findService(this.store, call.params);
    const identity = readIdentity(call.form());
    if (service.entities.has(identity)) throw new TwilioError(60301);
    const entity = this.store.ensureEntity(service, identity, this.clock.wholeSecond());
    return { status: 201, body: this.json(entity, call), effect: 'entity-created' };
  }

  /** `GET …/Entities` */
  list(call: Call): Answer {
    const service = findService(this.store, call.params);
    const all = [...service.entities.values()].map((entity) => this.json(entity, call));
    const body = pageOf(call, `/v2/Services/${service.sid}/Entities`, 'entities', all);
    return { status: 200, body, effect: 'none' };
  }

  /** `GET …/Entities/{identity}` */
  fetch(call: Call): Answer {
    return { status: 200, body: this.json(findEntity(this.store, call.params), call), effect: 'none' };
  }

  /** `DELETE …/Entities/{identity}`: with its Factors and Challenges (assumption: Twilio does not document it). */
  remove(call: Call): Answer {
    const entity = findEntity(this.store, call.params);
    this.store.deleteEntity(findService(this.store, call.params), entity);
    return { status: 204, body: undefined, effect: 'entity-deleted' };
  }

  private json(entity: Entity, call: Call) {
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
