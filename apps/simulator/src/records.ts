import type { KeyObject } from 'node:crypto';

import type { FactorConfig } from './factor-config.js';
import type { ServiceSettings } from './service-settings.js';

/** Where pushes of a Factor go; `none` can never be pushed to. */
export type Platform = 'apn' | 'fcm' | 'none';
export type FactorType = 'push' | 'totp' | 'passkeys';
export type Answered = 'approved' | 'denied';
export type ChallengeStatus = 'pending' | 'expired' | Answered;

/** Times in all records are milliseconds since 1970, on whole seconds. */
export interface Service {
  readonly sid: string;
  readonly createdAt: number;
  updatedAt: number;
  settings: ServiceSettings;
  readonly entities: Map<string, Entity>;
  readonly webhooks: Map<string, Webhook>;
  readonly accessTokens: Map<string, AccessToken>;
}

/** Where events about Factors and Challenges of a service are sent. */
export interface Webhook {
  readonly sid: string;
  readonly createdAt: number;
  updatedAt: number;
  friendlyName: string;
  /** `*` or types of events. */
  eventTypes: readonly string[];
  url: string;
  status: 'enabled' | 'disabled';
  version: 'v1' | 'v2';
}

/** What a phone registers with: good for one identity of the service, until it expires. */
export interface AccessToken {
  readonly sid: string;
  readonly token: string;
  readonly identity: string;
  readonly friendlyName: string | null;
  readonly ttlSeconds: number;
  readonly createdAt: number;
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
  /** Names the Factor in the `kid` of the JWTs that its phone sends. */
  readonly credentialSid: string;
  /** That of a phone; null for other types, and for the phones of the control surface, which have no key. */
  readonly publicKey: KeyObject | null;
  friendlyName: string;
  status: 'unverified' | 'verified';
  updatedAt: number;
  platform: Platform;
  config: FactorConfig;
  metadata: Readonly<Record<string, string>> | null;
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
  metadata: Readonly<Record<string, string>> | null;
  /** What the user did; expiry is never stored but computed from the clock. */
  answer: { readonly status: Answered; readonly at: number } | null;
}

export interface Notification {
  readonly sid: string;
  readonly createdAt: number;
  readonly ttlSeconds: number;
}
