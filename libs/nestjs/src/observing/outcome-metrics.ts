import type { LedgerCall } from '@ledger/ledger-call.js';
import type { Dispatched, Refused, Reserved, Standing } from '@resend/ports.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import { type Limit, LIMITS, type UsersAtLimit } from '@telemetry/users-at-limit.js';

/** The highest value of the label `resends`; more resends count as this many. */
const MOST_RESENDS = 3;

/** Measures whether resends help users: how Challenges end, and how many users are at a limit. */
export class OutcomeMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly usersAtLimit: UsersAtLimit,
    private readonly log: Log,
  ) {}

  readonly ledgerCalled = (call: LedgerCall): void => {
    if ('error' in call) return;
    const { user } = call;
    switch (call.operation) {
      case 'reserve':
        return this.refused(user, call.answer);
      case 'dispatch':
        this.ended(user, call.answer.standing);
        return this.refused(user, call.answer);
      case 'settle':
        return this.ended(user, call.answer.standing);
      case 'learn':
        return this.ended(user, call.answer);
      case 'reset':
        return this.freed(user, 'user-limit', 'held-after-denial');
      case 'unblock':
        return this.freed(user, 'blocked');
      case 'peek':
      case 'look':
      case 'overview':
      case 'block':
        return;
      default:
        return call satisfies never;
    }
  };

  private ended(user: string, { ended }: Standing): void {
    if (!ended) return;
    const { status: outcome, resends, sinceLastMs } = ended;
    this.metrics.challengeOutcomes.inc({ outcome, resends: String(Math.min(resends, MOST_RESENDS)) });
    if (sinceLastMs !== undefined && outcome !== 'expired') {
      this.metrics.resendToOutcome.observe({ outcome }, sinceLastMs / 1000);
    }
    // An approval resets the windows, but does not end a hold.
    this.freed(user, 'challenge-limit', ...(outcome === 'approved' ? (['user-limit'] as const) : []));
  }

  private refused(user: string, answer: Reserved | Dispatched): void {
    if (answer.kind !== 'refused') return;
    const limit = LIMITS.find((one) => one === answer.code);
    if (limit) this.do(this.usersAtLimit.add(limit, user, waitOf(answer)));
  }

  private freed(user: string, ...limits: readonly Limit[]): void {
    for (const limit of limits) this.do(this.usersAtLimit.remove(limit, user));
  }

  /** In the background: a failure affects the metric only. */
  private do(write: Promise<void>): void {
    write.catch((err: unknown) => {
      this.metrics.usersAtLimitErrors.inc();
      this.log.warn(
        { event: 'users-at-limit.unwritten', err },
        'could not record a user at a limit; push_resend_users_at_limit is off by one',
      );
    });
  }
}

/** A user whose Challenge has no resends left waits until that Challenge is over. */
function waitOf({ waitMs, standing }: Refused): number {
  return waitMs ?? standing.challenge?.remainingMs ?? 0;
}
