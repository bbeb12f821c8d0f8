import type { Created } from '@resend/ports.js';

/** Of the SDK's NotificationInstance. */
export interface SdkNotification {
  readonly sid?: unknown;
  readonly challengeSid?: unknown;
}

const NOTIFICATION_SID = /^NT[0-9a-fA-F]{32}$/;

/** The Notification Twilio says it has accepted, when it is one and of the Challenge that was asked for. */
export function sentOf(
  { sid, challengeSid }: SdkNotification,
  askedChallengeSid: string,
): Extract<Created, { outcome: 'sent' }> | 'no-notification' | 'other-challenge' {
  if (typeof sid !== 'string' || !NOTIFICATION_SID.test(sid)) return 'no-notification';
  return challengeSid === askedChallengeSid ? { outcome: 'sent', sid } : 'other-challenge';
}
