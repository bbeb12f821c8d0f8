import type { Platform } from './records.js';
import type { Switches } from './switches.js';

/** Why a push never arrived. */
export type DropReason =
  | 'ttl-zero'
  | 'ttl-expired'
  | 'replaced'
  | 'storage-full'
  | 'lost'
  | 'stale-token'
  | 'no-credential'
  | 'credential-rejected'
  | 'notifications-off';

/** Where a push is; times are milliseconds since 1970. */
export type PushState =
  | { readonly state: 'travelling'; readonly arrivesAt: number }
  | { readonly state: 'waiting' }
  | { readonly state: 'delivered'; readonly at: number; readonly useless: boolean }
  | { readonly state: 'dropped'; readonly reason: DropReason };

/** One push: a Notification, or the automatic one of a new Challenge. */
export interface Push {
  readonly challengeSid: string;
  /** null: the automatic push. */
  readonly notificationSid: string | null;
  readonly message: string | null;
  readonly createdAt: number;
  readonly ttlSeconds: number;
  progress: PushState;
}

/** FCM drops everything when more non-collapsible messages than this wait for one device. */
const FCM_STORES = 100;

/**
 * Puts a push that found the phone offline into the store of APNs or FCM, and drops what that store no longer keeps.
 *
 * APNs keeps one notification per app, in most cases the newest (Apple, "Sending notification requests to APNs").
 * FCM keeps up to 100 non-collapsible messages, and past that discards all of them (Firebase, "About FCM messages").
 *
 * @returns true when FCM discarded everything, which the app learns as `onDeletedMessages` on reconnect
 */
export function keepForLater(
  push: Push,
  others: readonly Push[],
  platform: Platform,
  switches: Switches,
  random: () => number,
): boolean {
  if (push.ttlSeconds === 0) {
    drop(push, 'ttl-zero'); // one attempt, not stored (Twilio: Ttl 0)
    return false;
  }
  const waiting = others.filter((other) => other.progress.state === 'waiting');
  push.progress = { state: 'waiting' };
  if (switches.twilioFlood) return false;

  if (platform === 'apn') {
    const newestWins = switches.apnWinner === 'newest' || random() < 0.5;
    if (waiting.length > 0) for (const loser of newestWins ? waiting : [push]) drop(loser, 'replaced');
    return false;
  }
  if (switches.collapsible) {
    for (const other of waiting) drop(other, 'replaced');
    return false;
  }
  if (waiting.length < FCM_STORES) return false;
  for (const other of [...waiting, push]) drop(other, 'storage-full');
  return true;
}

export function drop(push: Push, reason: DropReason): void {
  push.progress = { state: 'dropped', reason };
}

/** The moment from which the push is no longer delivered. */
export function pushExpiresAt(push: Push): number {
  return push.createdAt + push.ttlSeconds * 1000;
}
