import { randomUUID } from 'node:crypto';

import type { Answer, Call } from './call.js';
import { readPublicKey } from './challenge-update.js';
import { twilioDate, type Clock } from './clock.js';
import type { Devices } from './devices.js';
import { noConfig, oneOf, platforms, readPushFactor, type FactorInput } from './factor-input.js';
import { findEntity, findFactor, findService } from './lookup.js';
import { newSid, type Entity, type Factor, type FactorType, type Platform, type Store } from './store.js';
import type { Switches } from './switches.js';
import { TwilioError } from './twilio-error.js';
import type { Webhooks } from './webhooks.js';

const PUSH_FACTORS_PER_ENTITY = 20;

/** The registered apps of a user, as far as Challenges need them. */
export class Factors {
  /** Those that age out, with their user. */
  private readonly unverified = new Map<Factor, Entity>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly switches: Switches,
    private readonly devices: Devices,
    private readonly webhooks: Webhooks,
    private readonly accountSid: string,
  ) {}

  /** `POST …/Factors` (the SDK's `newFactors`): makes the Entity too when it is missing. `binding` only in this answer. */
  create(call: Call): Answer {
    const service = findService(this.store, call.params);
    const form = call.form();
    const friendlyName = form.required('FriendlyName');
    const type = oneOf(form.required('FactorType'), ['push', 'totp', 'passkeys'] as const, 'FactorType');
    const input =
      type === 'push' ? readPushFactor(form) : { binding: null, platform: 'none' as const, config: { ...noConfig } };

    const existing = [...(service.entities.get(call.params.identity)?.factors.values() ?? [])];
    if (input.binding !== null && existing.some((factor) => factor.binding === input.binding))
      throw new TwilioError(60317);
    if (existing.filter((factor) => factor.type === 'push').length >= PUSH_FACTORS_PER_ENTITY)
      throw new TwilioError(60315);

    const entity = this.store.ensureEntity(service, call.params.identity, this.clock.wholeSecond());
    const factor = this.add(entity, {
      ...input,
      type,
      friendlyName,
      status: 'unverified',
      metadata: form.json('Metadata'),
    });
    this.announce('factor.created', call, factor);
    const binding = type === 'push' ? { public_key: input.binding, alg: 'ES256' } : {};
    return { status: 201, body: { ...this.json(call, entity, factor), binding }, effect: 'factor-created' };
  }

  /** `GET …/Factors/{YF}` */
  fetch(call: Call): Answer {
    const factor = findFactor(this.store, call.params);
    return { status: 200, body: this.json(call, findEntity(this.store, call.params), factor), effect: 'none' };
  }

  /** `POST …/Factors/{YF}`: any `AuthPayload` verifies the Factor; what a phone signs here is not documented. */
  update(call: Call): Answer {
    const factor = findFactor(this.store, call.params);
    const form = call.form();
    const platform = form.text('Config.NotificationPlatform');
    if (platform !== undefined) factor.platform = oneOf(platform, platforms, 'Config.NotificationPlatform');
    factor.friendlyName = form.text('FriendlyName') ?? factor.friendlyName;
    factor.config.notification_token = form.text('Config.NotificationToken') ?? factor.config.notification_token;
    factor.updatedAt = this.clock.wholeSecond();
    if (form.text('AuthPayload') && factor.status === 'unverified') {
      factor.status = 'verified';
      this.unverified.delete(factor);
      this.announce('factor.verified', call, factor);
    }
    return {
      status: 200,
      body: this.json(call, findEntity(this.store, call.params), factor),
      effect: 'factor-updated',
    };
  }

  /** `DELETE …/Factors/{YF}` */
  remove(call: Call): Answer {
    const factor = findFactor(this.store, call.params);
    findEntity(this.store, call.params).factors.delete(factor.sid);
    this.unverified.delete(factor);
    this.announce('factor.deleted', call, factor);
    return { status: 204, body: undefined, effect: 'factor-deleted' };
  }

  /** Adds a Factor and, for push, the phone it stands for. */
  add(entity: Entity, input: FactorInput): Factor {
    const now = this.clock.wholeSecond();
    const factor: Factor = {
      ...input,
      sid: newSid('YF'),
      createdAt: now,
      updatedAt: now,
      publicKey: input.binding === null ? null : readPublicKey(input.binding),
      challengesCreated: 0,
    };
    entity.factors.set(factor.sid, factor);
    if (factor.status === 'unverified') this.unverified.set(factor, entity);
    if (factor.type === 'push') this.devices.of(entity.identity, factor.platform);
    return factor;
  }

  /** Forgets Factors that nobody verified in time (switch `unverifiedFactorHours`), without a webhook (assumption). */
  ageOut(): void {
    const madeBefore = this.clock.now() - this.switches.unverifiedFactorHours * 3_600_000;
    for (const [factor, entity] of this.unverified) {
      if (factor.createdAt > madeBefore) continue;
      entity.factors.delete(factor.sid);
      this.unverified.delete(factor);
    }
  }

  clear(): void {
    this.unverified.clear();
  }

  /** A verified push (or other) Factor of the identity, made when there is none: for the control surface. */
  ensure(entity: Entity, type: FactorType, platform: Platform): Factor {
    const existing = [...entity.factors.values()].find(
      (factor) => factor.type === type && factor.status === 'verified',
    );
    const config = { app_id: 'com.example.simulator', notification_token: randomUUID(), sdk_version: '1.0.0' };
    const friendlyName = 'Simulated phone';
    const input = { type, platform, config, friendlyName, status: 'verified', binding: null, metadata: null } as const;
    return existing ?? this.add(entity, input);
  }

  private announce(type: 'factor.created' | 'factor.verified' | 'factor.deleted', call: Call, factor: Factor): void {
    const { service: service_sid, identity: entity_identity } = call.params;
    void this.webhooks.send(type, { service_sid, entity_identity, factor_sid: factor.sid, factor_type: factor.type });
  }

  private json(call: Call, entity: Entity, factor: Factor) {
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
      config: { ...factor.config, notification_platform: factor.platform },
      metadata: factor.metadata,
      url: `${call.baseUrl}/v2/Services/${call.params.service}/Entities/${entity.identity}/Factors/${factor.sid}`,
    };
  }
}
