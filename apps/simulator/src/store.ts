import { randomBytes, type KeyObject } from 'node:crypto';

/** Where pushes of a Factor go; `none` can never be pushed to. */
export type Platform = 'apn' | 'fcm' | 'none';
export type FactorType = 'push' | 'totp' | 'passkeys';
export type Answered = 'approved' | 'denied';
export type ChallengeStatus = 'pending' | 'expired' | Answered;

/** Times in all records are milliseconds since 1970, on whole seconds. */
export interface Service {
  readonly sid: string;
  readonly friendlyName: string;
  readonly createdAt: number;
  readonly entities: Map<string, Entity>;
  readonly webhooks: Map<string, Webhook>;
}

/** Who is told about Factors and Challenges of a service. */
export interface Webhook {
  readonly sid: string;
  readonly createdAt: number;
  readonly friendlyName: string;
  /** `*` or types of events. */
  readonly eventTypes: readonly string[];
  readonly url: string;
  readonly enabled: boolean;
  readonly version: 'v1' | 'v2';
}

export interface Entity {
  readonly sid: string;
  readonly identity: string;
  readonly createdAt: number;
  readonly factors: Map<string, Factor>;
  readonly challenges: Map<string, Challenge>;
}

export interface Factor {
  readonly sid: string;
  readonly type: FactorType;
  readonly createdAt: number;
  /** PKIX DER in base64, as given; with `publicKey` when it can be read. */
  readonly binding: string | null;
  readonly publicKey: KeyObject | null;
  friendlyName: string;
  status: 'unverified' | 'verified';
  updatedAt: number;
  platform: Platform;
  config: { app_id: string; notification_token: string | null; sdk_version: string | null };
  metadata: unknown;
  challengesCreated: number;
}

export interface Challenge {
  readonly sid: string;
  readonly service: Service;
  readonly entity: Entity;
  readonly factor: Factor;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly message: string | null;
  readonly fields: readonly { label: string; value: string }[];
  readonly hiddenDetails: Readonly<Record<string, string>> | null;
  /** Whether creating it pushed to the phone (not on platform `none`, not for other factor types). */
  readonly pushedAutomatically: boolean;
  readonly notifications: Notification[];
  /** Pushes used up by creates that left no Notification (switch `failedCreateConsumes`). */
  consumedByFailures: number;
  metadata: unknown;
  /** What the user did; expiry is never stored but computed from the clock. */
  answer: { readonly status: Answered; readonly at: number } | null;
}

export interface Notification {
  readonly sid: string;
  readonly createdAt: number;
  readonly ttlSeconds: number;
}

/** A Twilio SID: two capitals and 32 hexadecimal digits. */
export function newSid(prefix: 'VA' | 'YE' | 'YF' | 'YC' | 'NT' | 'YK' | 'YW' | 'RQ'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** Everything the account owns. */
export class Store {
  readonly services = new Map<string, Service>();
  private readonly challengesBySid = new Map<string, Challenge>();

  ensureService(sid: string, now: number, friendlyName = 'Simulator'): Service {
    const existing = this.services.get(sid);
    if (existing) return existing;
    const service: Service = { sid, friendlyName, createdAt: now, entities: new Map(), webhooks: new Map() };
    this.services.set(sid, service);
    return service;
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

  /** Every user of that name, one a service. */
  entitiesOf(identity: string): Entity[] {
    return [...this.services.values()].flatMap((service) => service.entities.get(identity) ?? []);
  }

  clear(): void {
    this.services.clear();
    this.challengesBySid.clear();
  }
}
