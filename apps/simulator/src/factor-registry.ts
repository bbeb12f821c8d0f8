import { randomUUID } from 'node:crypto';

import type { Clock } from './clock.js';
import type { Devices } from './devices.js';
import type { FactorConfig } from './factor-config.js';
import type { Entity, Factor, FactorType, Platform } from './records.js';
import type { ServiceSettings } from './service-settings.js';
import { newSid } from './sid.js';
import type { Switches } from './switches.js';
import { totpDefaults } from './totp-factor.js';

/** What a Factor is made of, before it has SIDs and an age. */
export type FactorInput = Pick<
  Factor,
  'type' | 'friendlyName' | 'status' | 'platform' | 'config' | 'publicKey' | 'metadata'
>;

/** How Factors come to be and go, apart from the calls about them. */
export class FactorRegistry {
  /** Those that age out, with their user. */
  private readonly unverified = new Map<Factor, Entity>();

  constructor(
    private readonly clock: Clock,
    private readonly switches: Switches,
    private readonly devices: Devices,
  ) {}

  /** Adds a Factor and, for push, the phone it stands for. */
  add(entity: Entity, input: FactorInput): Factor {
    const now = this.clock.wholeSecond();
    const sids = { sid: newSid('YF'), credentialSid: newSid('CR') };
    const factor: Factor = { ...input, ...sids, createdAt: now, updatedAt: now, challengesCreated: 0 };
    entity.factors.set(factor.sid, factor);
    if (factor.status === 'unverified') this.unverified.set(factor, entity);
    if (factor.type === 'push') this.devices.of(entity.identity, factor.platform);
    return factor;
  }

  verify(factor: Factor): void {
    factor.status = 'verified';
    this.unverified.delete(factor);
  }

  remove(entity: Entity, factor: Factor): void {
    entity.factors.delete(factor.sid);
    this.unverified.delete(factor);
  }

  /** The newest verified Factor of that type, made when the user has none: for the control surface. */
  ensure(entity: Entity, type: FactorType, platform: Platform, settings: ServiceSettings): Factor {
    const existing = [...entity.factors.values()].findLast(
      (factor) => factor.type === type && factor.status === 'verified',
    );
    const [friendlyName, config] = ['Simulated phone', simulatedConfig(type, settings)];
    const kept = { status: 'verified', publicKey: null, metadata: null } as const;
    return existing ?? this.add(entity, { type, platform, friendlyName, config, ...kept });
  }

  /** Forgets Factors that were not verified in time (switch `unverifiedFactorHours`), without a webhook (assumption). */
  ageOut(): void {
    const madeBefore = this.clock.now() - this.switches.unverifiedFactorHours * 3_600_000;
    for (const [factor, entity] of this.unverified) {
      if (factor.createdAt <= madeBefore) this.remove(entity, factor);
    }
  }

  clear(): void {
    this.unverified.clear();
  }
}

function simulatedConfig(type: FactorType, settings: ServiceSettings): FactorConfig {
  if (type === 'totp') return totpDefaults(settings);
  if (type === 'passkeys') return settings.passkeys;
  return { app_id: 'com.example.simulator', notification_token: randomUUID(), sdk_version: '1.0.0' };
}
