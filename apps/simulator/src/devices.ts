import type { Clock } from './clock.js';
import { Device, type DeviceSettings, type Surroundings } from './device.js';
import { pushExpiresAt, type Push } from './push-queue.js';
import type { Platform } from './records.js';
import type { Switches } from './switches.js';

/** The phone of each identity: one, whatever the number of its Factors and services. */
export class Devices {
  private readonly byIdentity = new Map<string, Device>();

  constructor(
    private readonly clock: Clock,
    private readonly switches: Switches,
    private readonly random: () => number,
    private readonly surroundings: Surroundings,
  ) {}

  /** The phone of an identity, made on first sight. */
  of(identity: string, platform: Platform = 'fcm'): Device {
    const existing = this.byIdentity.get(identity);
    if (existing) return existing;
    const device = new Device(platform, this.switches, this.random, this.surroundings);
    this.byIdentity.set(identity, device);
    return device;
  }

  change(identity: string, settings: Partial<DeviceSettings>): void {
    this.of(identity).change(settings, this.clock.now());
  }

  /** Lets everything happen, on every phone, that is due by now. */
  catchUp(): void {
    for (const device of this.byIdentity.values()) device.catchUp(this.clock.now());
  }

  /** What the phone has and had, with every push ever sent to it, oldest first; undefined for an unknown identity. */
  describe(identity: string): Record<string, unknown> | undefined {
    const device = this.byIdentity.get(identity);
    if (!device) return undefined;
    device.catchUp(this.clock.now());
    const described = device.pushes.map(describePush);
    return {
      identity,
      ...device.settings,
      alerts: device.alerts,
      rows: device.rows,
      useless: described.filter((push) => push.useless === true).length,
      storeDiscards: device.storeDiscards,
      pushes: described,
    };
  }

  clear(): void {
    this.byIdentity.clear();
  }
}

function describePush(push: Push) {
  const { progress } = push;
  return {
    challengeSid: push.challengeSid,
    source: push.notificationSid === null ? 'automatic' : 'notification',
    notificationSid: push.notificationSid,
    message: push.message,
    createdAt: isoDate(push.createdAt),
    ttlSeconds: push.ttlSeconds,
    expiresAt: isoDate(pushExpiresAt(push)),
    state: progress.state,
    dropReason: progress.state === 'dropped' ? progress.reason : null,
    deliveredAt: progress.state === 'delivered' ? isoDate(progress.at) : null,
    alerts: progress.state === 'delivered',
    useless: progress.state === 'delivered' ? progress.useless : null,
  };
}

function isoDate(ms: number): string {
  return new Date(ms).toISOString();
}
