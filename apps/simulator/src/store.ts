import type { Challenge, Entity, Factor, Service } from './records.js';
import { defaultServiceSettings, type ServiceSettings } from './service-settings.js';
import { newSid } from './sid.js';

/** Everything the account owns. */
export class Store {
  readonly services = new Map<string, Service>();
  private readonly challengesBySid = new Map<string, Challenge>();

  ensureService(sid: string, now: number): Service {
    return (
      this.services.get(sid) ?? this.addService(sid, now, { ...defaultServiceSettings, friendly_name: 'Simulator' })
    );
  }

  addService(sid: string, now: number, settings: ServiceSettings): Service {
    const [entities, webhooks, accessTokens] = [new Map(), new Map(), new Map()];
    const service: Service = { sid, createdAt: now, updatedAt: now, settings, entities, webhooks, accessTokens };
    this.services.set(sid, service);
    return service;
  }

  /** Forgets a service with everything in it. */
  deleteService(service: Service): void {
    for (const entity of service.entities.values()) this.deleteEntity(service, entity);
    this.services.delete(service.sid);
  }

  ensureEntity(service: Service, identity: string, now: number): Entity {
    const existing = service.entities.get(identity);
    if (existing) return existing;
    const entity: Entity = { sid: newSid('YE'), identity, createdAt: now, factors: new Map(), challenges: new Map() };
    service.entities.set(identity, entity);
    return entity;
  }

  /** Forgets a user with Factors and Challenges. */
  deleteEntity(service: Service, entity: Entity): void {
    for (const sid of entity.challenges.keys()) this.challengesBySid.delete(sid);
    service.entities.delete(entity.identity);
  }

  addChallenge(challenge: Challenge): void {
    challenge.entity.challenges.set(challenge.sid, challenge);
    this.challengesBySid.set(challenge.sid, challenge);
  }

  /** Every Challenge of every service, in the order they were made. */
  get challenges(): Challenge[] {
    return [...this.challengesBySid.values()];
  }

  /** A Challenge by its SID alone: for the control surface only, Twilio scopes by service and identity. */
  challengeBySid(sid: string): Challenge | undefined {
    return this.challengesBySid.get(sid);
  }

  /** The Factor that a phone names in its JWT, with what it belongs to. */
  phoneByCredential(sid: string): { service: Service; entity: Entity; factor: Factor } | undefined {
    for (const service of this.services.values()) {
      for (const entity of service.entities.values()) {
        const factor = [...entity.factors.values()].find(({ credentialSid }) => credentialSid === sid);
        if (factor) return { service, entity, factor };
      }
    }
    return undefined;
  }

  /** Every user of that name, one a service. */
  entitiesOf(identity: string): Entity[] {
    return [...this.services.values()].flatMap((service) => service.entities.get(identity) ?? []);
  }

  clear(): void {
    this.services.clear();
    this.challengesBySid.clear();
  }
}
