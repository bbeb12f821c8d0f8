import type { DebuggerCode } from './debugger.js';
import { drop, keepForLater, pushExpiresAt, type DropReason, type Push } from './push-queue.js';
import type { Platform } from './records.js';
import type { Switches } from './switches.js';

/** What a test can set on a phone. */
export interface DeviceSettings {
  online: boolean;
  platform: Platform;
  /** The push token was rejected by APNs or FCM: nothing arrives, Twilio's answer is 201 all the same. */
  tokenStale: boolean;
  /** The user allows notifications. */
  notificationsEnabled: boolean;
  /** Seconds a push travels to an online phone. */
  deliveryDelaySeconds: number;
  /** 0 to 1: pushes lost without a trace. */
  lossProbability: number;
}

/** What goes on around the phones. Times are ms. */
export interface Surroundings {
  /** Whether a Challenge still waits for the user at a time: a push for any other is useless. */
  readonly isPending: (challengeSid: string, at: number) => boolean;
  /** Told when a push has made a sound. */
  readonly onAlert: (challengeSid: string, at: number) => void;
  /** Told what Twilio learns only after it has answered. */
  readonly onUndeliverable: (code: DebuggerCode, at: number, challengeSid: string) => void;
}

/** One user's phone and the pushes on their way to it. Everything happens at simulated times, evaluated on `catchUp`. */
export class Device {
  readonly settings: DeviceSettings;
  /** Every push ever, oldest first. */
  readonly pushes: Push[] = [];
  /** Those still on their way or waiting: all that time can change. */
  private open: Push[] = [];
  /** How often FCM discarded its store; the app gets one `onDeletedMessages` on reconnect. */
  storeDiscards = 0;

  constructor(
    platform: Platform,
    private readonly switches: Switches,
    private readonly random: () => number,
    private readonly surroundings: Surroundings,
  ) {
    this.settings = {
      online: true,
      platform,
      tokenStale: false,
      notificationsEnabled: true,
      deliveryDelaySeconds: 0,
      lossProbability: 0,
    };
  }

  /** Hands a push to APNs or FCM. */
  send(push: Omit<Push, 'progress'>, now: number): void {
    const travelled = push.createdAt + this.settings.deliveryDelaySeconds * 1000;
    const sent: Push = { ...push, progress: { state: 'travelling', arrivesAt: travelled } };
    this.pushes.push(sent);
    this.open.push(sent);
    this.catchUp(now);
  }

  /** Changes the phone now; going online delivers at once whatever was kept and has not expired. */
  change(settings: Partial<DeviceSettings>, now: number): void {
    this.catchUp(now);
    const wasOffline = !this.settings.online;
    Object.assign(this.settings, settings);
    if (!wasOffline || !this.settings.online) return;
    for (const push of this.open) if (push.progress.state === 'waiting') this.deliver(push, now);
    this.catchUp(now);
  }

  /** Lets everything happen that is due by now. */
  catchUp(now: number): void {
    for (const push of this.open) {
      const { progress } = push;
      if (progress.state === 'travelling' && progress.arrivesAt <= now) this.arrive(push, progress.arrivesAt);
      if (push.progress.state === 'waiting' && pushExpiresAt(push) <= now) drop(push, 'ttl-expired');
    }
    this.open = this.open.filter(({ progress }) => progress.state === 'travelling' || progress.state === 'waiting');
  }

  /** Delivered pushes that made a sound. */
  get alerts(): number {
    return this.delivered().length;
  }

  /** Notifications on the lock screen: Twilio's Android sample replaces an earlier one of the same Challenge. */
  get rows(): number {
    const delivered = this.delivered();
    if (this.settings.platform !== 'fcm') return delivered.length;
    return new Set(delivered.map((push) => push.challengeSid)).size;
  }

  private delivered(): Push[] {
    return this.pushes.filter((push) => push.progress.state === 'delivered');
  }

  private arrive(push: Push, at: number): void {
    if (this.switches.pushCredential === 'missing') return this.refuse(push, at, 'no-credential', 52004);
    if (this.switches.pushCredential === 'rejected') return this.refuse(push, at, 'credential-rejected', 52005);
    if (this.settings.tokenStale) return this.refuse(push, at, 'stale-token', 52005);
    if (this.random() < this.settings.lossProbability) return drop(push, 'lost');
    if (this.settings.online) return this.deliver(push, at);
    const discarded = keepForLater(push, this.open, this.settings.platform, this.switches, this.random);
    if (discarded) this.storeDiscards += 1;
  }

  /** APNs or FCM does not take it. */
  private refuse(push: Push, at: number, reason: DropReason, code: DebuggerCode): void {
    drop(push, reason);
    this.surroundings.onUndeliverable(code, at, push.challengeSid);
  }

  private deliver(push: Push, at: number): void {
    if (!this.settings.notificationsEnabled) return drop(push, 'notifications-off');
    push.progress = { state: 'delivered', at, useless: !this.surroundings.isPending(push.challengeSid, at) };
    this.surroundings.onAlert(push.challengeSid, at);
  }
}
