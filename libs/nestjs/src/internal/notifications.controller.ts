import { Body, Controller, Headers, HttpStatus, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { IsBoolean } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResendPolicy } from '@resend/policy.js';
import { ResendService } from '@resend/resend.service.js';
import { note } from '@telemetry/request-context.js';
import { rateLimitHeaders, resentBody } from '../answers/standing-body.js';
import { circumstances } from '../circumstances.js';
import { IfGiven, IsChallengeSid, IsReason, IsTtl } from '../input/fields.js';
import { idempotencyKey } from '../input/idempotency-key.js';
import { On } from '../surface.js';
import { HASH_OF, type HashOf, RESEND_POLICY } from '../tokens.js';
import { ConsumerGuard, consumerOf, Needs } from './consumer.guard.js';
import { DryRun } from './dry-run.js';
import { IdentityParams, mustNameNobody } from './on-behalf.js';

export class IdentityChallengeParams extends IdentityParams {
  @IsChallengeSid()
  readonly challengeSid!: string;
}

export class ResendOnBehalf {
  /** `true`: nothing is sent, spent or remembered; the answer is the whole decision. */
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  readonly dryRun?: boolean;

  /** Seconds; shortens what the push is given to live. */
  @IsTtl()
  readonly ttl?: number;

  /** For the audit trail. */
  @IfGiven()
  @IsReason()
  readonly reason?: string;
}

/** A resend on somebody's behalf, under the same limits as from the phone. */
@Controller('internal/v1/identities/:identity/challenges/:challengeSid/notifications')
@UseGuards(ConsumerGuard)
export class NotificationsController {
  constructor(
    private readonly resends: ResendService,
    private readonly dryRun: DryRun,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Post()
  @On('private')
  @Needs('notifications:write')
  async resend(
    @Req() request: FastifyRequest,
    @Param() { identity, challengeSid }: IdentityChallengeParams,
    @Body() { dryRun, ttl, reason }: ResendOnBehalf,
    @Headers('idempotency-key') header: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    request.isDryRun = dryRun === true;
    mustNameNobody({ reason }, identity);
    note({ user: this.hashOf(identity), ...(reason !== undefined && { reason }) });
    const key = header === undefined ? undefined : idempotencyKey(header);
    if (dryRun === true) {
      const { standing, body } = await this.dryRun.of(identity, challengeSid);
      reply.code(HttpStatus.OK).headers(rateLimitHeaders(standing));
      return body;
    }
    const resent = await this.resends.resend({
      session: { identity },
      challengeSid,
      by: circumstances(),
      // A colon is in no phone's key: nobody's key is anybody else's.
      ...(key !== undefined && { idempotencyKey: `${consumerOf(request).actor}:${key}` }),
      ...(ttl !== undefined && { ttlSeconds: ttl }),
    });
    reply.headers(rateLimitHeaders(resent.standing));
    if (resent.replayed) reply.header('Idempotent-Replayed', 'true');
    return resentBody(resent, challengeSid, this.policy);
  }
}
