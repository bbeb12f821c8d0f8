import type { OutsideRecord, Push } from './outside-record.js';

/** Twilio's "Max number of notifications: 3". */
const CAP_REACHED = 60309;

export function overdrawnChallenges({ pushes, creates, policy }: OutsideRecord): string[] {
  const over = [...Map.groupBy(pushes, ({ challengeSid }) => challengeSid)]
    .filter(([, of]) => of.length > policy.maxPerChallenge)
    .map(([sid, of]) => `${sid} had ${of.length} resends`);
  const told = creates
    .filter(({ code, fault }) => code === CAP_REACHED && fault !== 'challenge-limit')
    .map(({ challengeSid, at }) => `Twilio said ${CAP_REACHED} about ${challengeSid} at ${at}`);
  return [...over, ...told];
}

/**
 * The cooldown runs from dispatch to dispatch, and only arrivals are seen: the first of two may have arrived late, so
 * that they look closer together, by as long as a request may take to leave and to travel. The cooldown that applied
 * is at least the one after as many resends of the Challenge as are seen: those that may have gone out count as well.
 */
export function hurriedPushes({ pushes, policy, allowances }: OutsideRecord): string[] {
  const lateMs = allowances.dispatchToSendMs + allowances.transitMs;
  return [...byUser(pushes).values()].flatMap((of) =>
    of.flatMap((push, index) => {
      const before = of[index - 1];
      if (!before) return [];
      const resends = of.slice(0, index).filter(({ challengeSid }) => challengeSid === push.challengeSid).length;
      const cooldownMs = policy.cooldownsMs[Math.min(resends, policy.cooldownsMs.length - 1)] ?? 0;
      const gapMs = push.at - before.at;
      return gapMs < cooldownMs - lateMs
        ? [`${push.user}: ${push.sid} came ${gapMs} ms after ${before.sid}, not ${cooldownMs}`]
        : [];
    }),
  );
}

/** Twilio's dates have whole seconds, so the moment of an approval is known to a second. */
const DATE_ROUNDING_MS = 1000;

/** Of every `limit + 1` pushes in a row, the last is a window after the first, or an approval lies between. */
export function crowdedWindows({ pushes, responses, policy, allowances }: OutsideRecord): string[] {
  const lateMs = allowances.dispatchToSendMs + allowances.transitMs;
  const approvals = Map.groupBy(
    responses.filter(({ status }) => status === 'approved'),
    ({ user }) => user,
  );
  return policy.userLimits.flatMap(({ limit, windowMs }) =>
    [...byUser(pushes)].flatMap(([user, of]) =>
      of.flatMap((first, index) => {
        const last = of[index + limit];
        if (!last || last.at - first.at >= windowMs - lateMs) return [];
        const startedAfresh = approvals
          .get(user)
          ?.some(({ at }) => first.at - DATE_ROUNDING_MS - lateMs <= at && at <= last.at);
        return startedAfresh ? [] : [`${user}: ${limit + 1} pushes in ${last.at - first.at} ms from ${first.at}`];
      }),
    ),
  );
}

/** What one resend left waiting in APNs or FCM is gone before the next of the Challenge is there. No tolerance. */
export function queuedTogether({ pushes }: OutsideRecord): string[] {
  return [...Map.groupBy(inOrder(pushes), ({ challengeSid }) => challengeSid).values()].flatMap((of) =>
    of.flatMap((push, index) =>
      of
        .slice(0, index)
        .filter((earlier) => earlier.at + earlier.ttlSeconds * 1000 > push.at)
        .map((earlier) => `${push.challengeSid}: ${earlier.sid} (ttl ${earlier.ttlSeconds} s) with ${push.sid}`),
    ),
  );
}

function byUser(pushes: readonly Push[]): Map<string, Push[]> {
  return Map.groupBy(inOrder(pushes), ({ user }) => user);
}

function inOrder(pushes: readonly Push[]): Push[] {
  return pushes.toSorted((a, b) => a.at - b.at);
}
