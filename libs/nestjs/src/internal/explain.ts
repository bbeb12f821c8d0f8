import type { ResendPolicy } from '@resend/policy.js';
import type { Overview, Paused, Standing } from '@resend/ports.js';
import { agoInWords, inWords } from './words.js';

/** Facts for the explanation that the ledger does not store. */
export interface ExplainedBy {
  readonly policy: ResendPolicy;
  readonly paused?: Paused;
  /** Why the user is blocked, if the audit trail still has it. */
  readonly blockReason?: string;
}

type Challenge = Overview['challenges'][number];

/**
 * Explains why a resend is possible or not, in sentences for a support agent: first what applies to all users, then to
 * the user, then to each pending sign-in, and always to the latest one.
 */
export function explain(overview: Overview, { policy, paused, blockReason }: ExplainedBy): string[] {
  const latest = overview.challenges.at(-1);
  const shown = overview.challenges.filter((challenge) => challenge === latest || isPending(challenge)).toReversed();
  const obstacles = [
    ...(paused
      ? [`Resends are paused for all users for another ${inWords(paused.endsInMs)}: "${paused.reason}".`]
      : []),
    ...ofUser(overview, policy, blockReason),
  ];
  const isFree =
    !paused &&
    overview.anew.next.code === 'ready' &&
    (!latest || !isPending(latest) || latest.standing.next.code === 'ready');
  return [
    ...obstacles,
    ...(shown.length === 0 ? ['This user has no known sign-in.'] : shown.map((one) => ofChallenge(one, policy))),
    ...(isFree ? [latest && !isPending(latest) ? FREE_ANEW : FREE] : []),
  ];
}

const FREE = 'A resend is possible now.';
const FREE_ANEW = 'A resend for a new sign-in is possible now.';
const ANOTHER_WAY = 'offer another factor or a new sign-in';
/** Limits that also apply to a new sign-in. */
const OF_USER = new Set<Standing['next']['code']>(['blocked', 'held-after-denial', 'user-limit', 'too-many-requests']);

function ofUser(
  { anew, blockedMs, heldMs, challenges }: Overview,
  policy: ResendPolicy,
  blockReason?: string,
): string[] {
  const { next, windows } = anew;
  const waitMs = next.code === 'ready' ? 0 : (next.waitMs ?? 0);
  const lines: string[] = [];
  if (blockedMs !== undefined) {
    const reason = blockReason === undefined ? '.' : `: "${blockReason}".`;
    lines.push(`Resends are blocked for this user for another ${inWords(blockedMs)}${reason}`);
  }
  if (next.code === 'too-many-requests') {
    lines.push(`Too many unknown sign-ins were requested; new ones will not be looked up for ${inWords(waitMs)}.`);
  }
  if (next.code === 'resend-in-progress') {
    lines.push(`A push is being sent right now; the result is expected within ${inWords(waitMs)}.`);
  }
  if (heldMs !== undefined) {
    const deniedAgo = agoInWords(policy.denyHoldMs - heldMs);
    lines.push(`The user denied a push ${deniedAgo}: no resend for another ${inWords(heldMs)}.`);
  }
  for (const { used, limit, windowMs, resetInMs = 0 } of windows.toReversed()) {
    if (used < limit) continue;
    const span = inWords(windowMs).replace(/^1 (?=\w+$)/, '');
    lines.push(
      `${used} of ${limit} resends in the last ${span} are used up; the next one is possible in ${inWords(resetInMs)}.`,
    );
  }
  // The line of a pending sign-in mentions the cooldown itself.
  if (next.code === 'cooling-down' && !challenges.some(isPending)) {
    const lastMs = Math.min(...challenges.map(({ lastResendAgoMs = Number.POSITIVE_INFINITY }) => lastResendAgoMs));
    const when = Number.isFinite(lastMs) ? ` ${agoInWords(lastMs)}` : '';
    lines.push(`The last resend went out${when}; one for a new sign-in is possible in ${inWords(waitMs)}.`);
  }
  return lines;
}

function ofChallenge({ sid, ageMs, lastResendAgoMs, standing }: Challenge, policy: ResendPolicy): string {
  const { next, resends, challenge } = standing;
  const used = `${resends.used} of ${resends.limit} resends`;
  switch (next.code) {
    case 'challenge-approved':
      return `The user approved ${sid}, after ${used}.`;
    case 'challenge-denied':
      return `The user denied ${sid}, after ${used}: no more pushes will be sent for it.`;
    case 'challenge-expired':
      return `Nobody answered ${sid} in time, after ${used}.`;
    case 'challenge-not-found':
      return `Twilio has no Challenge ${sid} for this user.`;
    case 'challenge-not-push':
      return `The factor of ${sid} can not receive a push: offer another factor.`;
    case 'challenge-limit':
      return `${usedUp(standing, ageMs, policy, sid)}: ${ANOTHER_WAY}.`;
    default: {
      if (!challenge) return `${sid} was looked up, but Twilio has not answered yet; it has had ${used}.`;
      const pending = `${sid} is pending for another ${inWords(challenge.remainingMs)}, and has had ${used}`;
      const lastPush = lastResendAgoMs === undefined ? '' : `, the last one ${agoInWords(lastResendAgoMs)}`;
      return `${pending}${lastPush}${untilNext(next, challenge.remainingMs)}.`;
    }
  }
}

/** Why a pending Challenge gets no more pushes. */
function usedUp({ resends }: Standing, ageMs: number | undefined, policy: ResendPolicy, sid: string): string {
  if (resends.used >= resends.limit) return `${sid} has had ${resends.used} of ${resends.limit} resends`;
  if (ageMs !== undefined && ageMs > policy.maxChallengeAgeMs) {
    const [age, limit] = [inWords(Math.floor(ageMs / 1000) * 1000), inWords(policy.maxChallengeAgeMs)];
    return `${sid} is ${age} old, and gets no resend after ${limit}`;
  }
  return `Twilio reports that the pushes of ${sid} are used up`;
}

function untilNext(next: Standing['next'], remainingMs: number): string {
  if (next.code === 'ready' || next.waitMs === undefined) return '';
  const way = OF_USER.has(next.code) ? 'offer another factor' : ANOTHER_WAY;
  if (next.waitMs >= remainingMs) return `; it will expire before the next one is possible: ${way}`;
  return `; the next one is possible in ${inWords(next.waitMs)}`;
}

function isPending({ standing }: Challenge): boolean {
  return standing.challenge?.status === 'pending';
}
