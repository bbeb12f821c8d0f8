import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { AuditTrail } from '@audit/audit-trail.js';
import type { ResendPolicy } from '@resend/policy.js';
import { Ledgers, type Overview, Pause, type Paused } from '@resend/ports.js';
import { note } from '@telemetry/request-context.js';
import { seconds } from '../answers/standing-body.js';
import { circumstances } from '../circumstances.js';
import { On } from '../surface.js';
import { HASH_OF, type HashOf, RESEND_POLICY } from '../tokens.js';
import { ConsumerGuard, Needs } from './consumer.guard.js';
import { explain } from './explain.js';
import { IdentityParams } from './on-behalf.js';
import { policyUses } from './policy-uses.js';
import { tapAnswer } from './tap-answer.js';

/** All that support needs to tell a user why no push comes. Asks nobody but the ledger, and changes nothing. */
@Controller('internal/v1/identities/:identity/resend-state')
@UseGuards(ConsumerGuard)
export class ResendStateController {
  constructor(
    private readonly ledgers: Ledgers,
    private readonly audit: AuditTrail,
    private readonly pause: Pause,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Get()
  @On('private')
  @Needs('state:read')
  async tell(@Param() { identity }: IdentityParams) {
    const userHash = this.hashOf(identity);
    note({ user: userHash });
    const [overview, paused] = await Promise.all([
      this.ledgers.by(circumstances()).overview(identity),
      this.pause.current(),
    ]);
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

  /** A block outlives the audit trail's retention: then nobody knows any more. */
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
