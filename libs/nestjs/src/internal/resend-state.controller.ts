import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { AuditTrail } from '@audit/audit-trail.js';
import type { ResendPolicy } from '@resend/policy.js';
import { Ledger, type Overview, Pause, type Paused } from '@resend/ports.js';
import { seconds } from '../answers/standing-body.js';
import { type Checked, CheckedPipe } from '../input/checked.pipe.js';
import { contextOf, type HttpRequest } from '../requests/request-context.js';
import { HASH_OF, type HashOf, RESEND_POLICY } from '../tokens.js';
import { Needs } from './consumer.guard.js';
import { explain } from './explain.js';
import { IdentityParams } from './on-behalf.js';
import { policyUses } from './policy-uses.js';
import { tapAnswer } from './tap-answer.js';

/** Everything that support needs to explain why a user gets no push. Read-only, without a call to Twilio. */
@Controller()
export class ResendStateController {
  constructor(
    private readonly ledger: Ledger,
    private readonly audit: AuditTrail,
    private readonly pause: Pause,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Get()
  @Needs('state:read')
  async get(
    @Req() request: HttpRequest,
    @Param(new CheckedPipe(IdentityParams)) { identity }: Checked<IdentityParams>,
  ) {
    const userHash = this.hashOf(identity);
    contextOf(request).user = userHash;
    const [overview, paused] = await Promise.all([this.ledger.overview(identity), this.pause.current()]);
    const { blockedMs, heldMs } = overview;
    const set = blockedMs === undefined ? undefined : await this.whoBlocked(userHash);
    return {
      userHash,
      policies: policyUses(overview, this.policy),
      challenges: overview.challenges.map((one) => challengeBody(one, paused)).toReversed(),
      ...(heldMs !== undefined && { hold: { endsInSeconds: seconds(heldMs) } }),
      ...(blockedMs !== undefined && { block: { endsInSeconds: seconds(blockedMs), ...set } }),
      ...(paused && { pause: { endsInSeconds: seconds(paused.endsInMs), reason: paused.reason } }),
      explanation: explain(overview, {
        policy: this.policy,
        ...(paused && { paused }),
        ...(set?.reason !== undefined && { blockReason: set.reason }),
      }),
    };
  }

  /** Undefined when the block is older than the retention of the audit trail. */
  private async whoBlocked(user: string) {
    const { events } = await this.audit.page({ user, type: 'block.set', limit: 1 });
    const [event] = events;
    return event && { reason: event.reason, actor: event.actor, setAt: event.occurredAt };
  }
}

function challengeBody(one: Overview['challenges'][number], paused: Paused | undefined) {
  const { sid, ageMs, lastResendAgoMs, standing } = one;
  const { challenge, resends, next } = standing;
  return {
    sid,
    ...(challenge && { status: challenge.status, expiresInSeconds: Math.floor(challenge.remainingMs / 1000) }),
    ...(ageMs !== undefined && { ageSeconds: Math.floor(ageMs / 1000) }),
    resends,
    ...(lastResendAgoMs !== undefined && { lastResendSecondsAgo: Math.floor(lastResendAgoMs / 1000) }),
    tap: tapAnswer(next, paused),
  };
}
