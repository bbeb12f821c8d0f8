/** The limits of resending. All times in milliseconds; the settings have the defaults and the bounds. */
export interface ResendPolicy {
  /** Wait before the 1st, 2nd, … resend of a Challenge; the last one repeats. At least one. */
  readonly cooldownsMs: readonly number[];
  /** Resends a Challenge may have: Twilio's cap of 3 pushes less the automatic first one. */
  readonly maxPerChallenge: number;
  /** Sliding windows over all Challenges of a user, longest first. At least one, none over 24 h. */
  readonly userLimits: readonly UserLimit[];
  /** No resend for this long after the user denied a push. At most 1 h. */
  readonly denyHoldMs: number;
  /** A second tap this soon after a resend counts as the same tap. */
  readonly coalesceMs: number;
  /** How long a reservation may stay open. Longer than all Twilio deadlines together. */
  readonly leaseMs: number;
  /** No resend for a Challenge older than this (OWASP ASVS 5.0, 6.5.5: 10 minutes). */
  readonly maxChallengeAgeMs: number;
  /** Minimum time between two fetches of a Challenge's status. */
  readonly challengeCacheMs: number;
}

/** At most `limit` resends in any `windowMs`. */
export interface UserLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** How long Twilio may take, in milliseconds. */
export interface Deadlines {
  /** A whole fetch of a Challenge, from call to last byte. */
  readonly fetchMs: number;
  /** A whole create of a Notification, from call to last byte. */
  readonly createMs: number;
  /** From sending the dispatch command to the first byte of the create; later than that, nothing is sent. */
  readonly dispatchToSendMs: number;
}

/** The cooldown before the next resend of a Challenge that has had `resends` of them. */
export function cooldownAfter(resends: number, { cooldownsMs }: Pick<ResendPolicy, 'cooldownsMs'>): number {
  return cooldownsMs[Math.min(resends, cooldownsMs.length - 1)] ?? 0;
}
