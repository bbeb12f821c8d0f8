import { cooldownAfter, type Deadlines, type ResendPolicy } from './policy.js';

/** Twilio's longest and default Notification ttl, in seconds (Verify API, Notification resource, `Ttl`). */
const MAX_TTL_SECONDS = 300;

/**
 * How long APNs and FCM may keep a push for a phone that is offline, in whole seconds. It expires before the next
 * resend of the Challenge can be sent, so that a phone that comes back online gets at most one, and never outlives the
 * Challenge.
 *
 * @param sent resends of the Challenge, this one included
 * @param remainingMs until the Challenge expires
 * @param askedSeconds requested by the caller: it can shorten the ttl, never extend it
 */
export function notificationTtlSeconds(
  { sent, remainingMs, askedSeconds = MAX_TTL_SECONDS }: { sent: number; remainingMs: number; askedSeconds?: number },
  policy: Pick<ResendPolicy, 'cooldownsMs' | 'maxPerChallenge'>,
  { createMs, dispatchToSendMs }: Pick<Deadlines, 'createMs' | 'dispatchToSendMs'>,
): number {
  const isLast = sent >= policy.maxPerChallenge;
  const untilNextMs = isLast ? Number.POSITIVE_INFINITY : cooldownAfter(sent, policy) - createMs - dispatchToSendMs;
  return Math.max(0, Math.floor(Math.min(askedSeconds, MAX_TTL_SECONDS, untilNextMs / 1000, remainingMs / 1000)));
}
