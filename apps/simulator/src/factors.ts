import type { KeyObject } from 'node:crypto';

import type { Answer, Call } from './call.js';
import { isPhone } from './caller.js';
import { twilioDate, type Clock } from './clock.js';
import { isSignatureOf } from './es256.js';
import { readFactorChange, readNewFactor } from './factor-input.js';
import type { FactorRegistry } from './factor-registry.js';
import { pageOf } from './list-page.js';
import { findEntity, findFactor, findService } from './lookup.js';
import type { Entity, Factor } from './records.js';
import type { Store } from './store.js';
import { TwilioError } from './twilio-error.js';
import type { Webhooks } from './webhooks.js';

const PUSH_FACTORS_PER_ENTITY = 20;
const MAX_FRIENDLY_NAME = 64;

/** The registered apps of a user, and what else they can log in with, as far as Challenges need it. */
export class Factors {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly registry: FactorRegistry,
    private readonly webhooks: Webhooks,
    private readonly accountSid: string,
  ) {}

  /** `POST …/Factors` (the SDK's `newFactors`): makes the Entity too when it is missing. */
  create(call: Call): Answer {
    const service = findService(this.store, call.params);
    const form = call.form();
    const friendlyName = form.required('FriendlyName', MAX_FRIENDLY_NAME);
    const type = form.requiredOneOf('FactorType', ['push', 'totp', 'passkeys']);
    if (call.caller.kind === 'new-phone' && type !== 'push') throw new TwilioError(70051);
    const { binding, ...input } = readNewFactor(form, type, friendlyName, service.settings);
    const metadata = form.textMap('Metadata');
    const existing = service.entities.get(call.params.identity);
    if (existing && input.publicKey) refusePhone(existing, input.publicKey);

    const entity = this.store.ensureEntity(service, call.params.identity, this.clock.wholeSecond());
    const factor = this.registry.add(entity, { ...input, type, friendlyName, metadata, status: 'unverified' });
    this.announce('factor.created', call, factor);
    return {
      status: 201,
      body: { ...this.json(call, entity, factor), binding, options: null },
      effect: 'factor-created',
    };
  }

  /** `GET …/Factors` */
  list(call: Call): Answer {
    const entity = findEntity(this.store, call.params);
    const path = `/v2/Services/${call.params.service}/Entities/${entity.identity}/Factors`;
    const all = [...entity.factors.values()].map((factor) => this.json(call, entity, factor));
    return { status: 200, body: pageOf(call, path, 'factors', all), effect: 'none' };
  }

  /** `GET …/Factors/{YF}` */
  fetch(call: Call): Answer {
    const factor = findFactor(this.store, call.params);
    return { status: 200, body: this.json(call, findEntity(this.store, call.params), factor), effect: 'none' };
  }

  /**
   * `POST …/Factors/{YF}`: changes the Factor and, with an `AuthPayload`, verifies it. A phone has to sign the SID of its
   * Factor; from a backend, which has no key to sign with, anything verifies, as does any code for totp (assumption).
   *
   * @throws TwilioError 60311 when the signature is not that of the Factor's key
   */
  update(call: Call): Answer {
    const factor = findFactor(this.store, call.params);
    const form = call.form();
    const friendlyName = form.text('FriendlyName', MAX_FRIENDLY_NAME) ?? factor.friendlyName;
    const change = readFactorChange(form, factor);
    const payload = form.text('AuthPayload');
    const isSigned =
      payload !== undefined && factor.publicKey !== null && isSignatureOf(factor.sid, payload, factor.publicKey);
    if (payload !== undefined && isPhone(call.caller) && !isSigned) throw new TwilioError(60311);

    Object.assign(factor, change, { friendlyName, updatedAt: this.clock.wholeSecond() });
    if (payload !== undefined && factor.status === 'unverified') {
      this.registry.verify(factor);
      this.announce('factor.verified', call, factor);
    }
    return {
      status: 200,
      body: this.json(call, findEntity(this.store, call.params), factor),
      // Documented without its meaning: taken for the signature that verified the Factor.
      headers: payload === undefined ? {} : { 'Twilio-Verify-Factor-Signature': payload },
      effect: 'factor-updated',
    };
  }

  /** `DELETE …/Factors/{YF}` */
  remove(call: Call): Answer {
    const factor = findFactor(this.store, call.params);
    this.registry.remove(findEntity(this.store, call.params), factor);
    this.announce('factor.deleted', call, factor);
    return { status: 204, body: undefined, effect: 'factor-deleted' };
  }

  private announce(type: 'factor.created' | 'factor.verified' | 'factor.deleted', call: Call, factor: Factor): void {
    const { service: service_sid, identity: entity_identity } = call.params;
    void this.webhooks.send(type, { service_sid, entity_identity, factor_sid: factor.sid, factor_type: factor.type });
  }

  private json(call: Call, entity: Entity, factor: Factor) {
    const config =
      factor.type === 'push' ? { ...factor.config, notification_platform: factor.platform } : factor.config;
    return {
      sid: factor.sid,
      account_sid: this.accountSid,
      service_sid: call.params.service,
      entity_sid: entity.sid,
      identity: entity.identity,
      date_created: twilioDate(factor.createdAt),
      date_updated: twilioDate(factor.updatedAt),
      friendly_name: factor.friendlyName,
      status: factor.status,
      factor_type: factor.type,
      // Not documented, but the SDKs of phones can not do without it.
      config: isPhone(call.caller) ? { ...config, credential_sid: factor.credentialSid } : config,
      metadata: factor.metadata,
      url: `${call.baseUrl}/v2/Services/${call.params.service}/Entities/${entity.identity}/Factors/${factor.sid}`,
    };
  }
}

/** @throws TwilioError 60317 when the user has a phone with this key, 60315 when there are too many */
function refusePhone(entity: Entity, key: KeyObject): void {
  const phones = [...entity.factors.values()].filter(({ type }) => type === 'push');
  if (phones.some(({ publicKey }) => publicKey?.equals(key))) throw new TwilioError(60317);
  if (phones.length >= PUSH_FACTORS_PER_ENTITY) throw new TwilioError(60315);
}
