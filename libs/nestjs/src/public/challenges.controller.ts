import { Body, Controller, Get, Headers, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResendPolicy } from '@resend/policy.js';
import { ResendService } from '@resend/resend.service.js';
import { masked, rateLimitHeaders, resentBody, standingBody } from '../answers/standing-body.js';
import { circumstances } from '../circumstances.js';
import { IsChallengeSid, IsTtl } from '../input/fields.js';
import { idempotencyKey } from '../input/idempotency-key.js';
import { On } from '../surface.js';
import { RESEND_POLICY } from '../tokens.js';
import { SameOriginGuard } from './same-origin.guard.js';
import { SessionGuard, sessionOf } from './session.guard.js';
import { TapThrottlerGuard } from '../throttling/tap-throttler.guard.js';

export class ChallengeParams {
  @IsChallengeSid()
  readonly challengeSid!: string;
}

export class ResendBody {
  /** Seconds; shortens what the push is given to live. */
  @IsTtl()
  readonly ttl?: number;
}

/** The public API: what the button presses, and what its screen asks. */
@Controller('v1/challenges/:challengeSid')
@UseGuards(SameOriginGuard, TapThrottlerGuard, SessionGuard)
export class ChallengesController {
  constructor(
    private readonly resends: ResendService,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
  ) {}

  @Post('notifications')
  @On('public')
  async resend(
    @Req() request: FastifyRequest,
    @Param() { challengeSid }: ChallengeParams,
    @Body() { ttl }: ResendBody,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const resent = await this.resends.resend({
      session: sessionOf(request),
      challengeSid,
      by: circumstances(),
      ...(key !== undefined && { idempotencyKey: idempotencyKey(key) }),
      ...(ttl !== undefined && { ttlSeconds: ttl }),
    });
    const standing = masked(resent.standing);
    reply.headers(rateLimitHeaders(standing));
    if (resent.replayed) reply.header('Idempotent-Replayed', 'true');
    return resentBody({ ...resent, standing }, challengeSid, this.policy);
  }

  @Get()
  @On('public')
  async standing(
    @Req() request: FastifyRequest,
    @Param() { challengeSid }: ChallengeParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const standing = masked(await this.resends.standing(sessionOf(request), challengeSid, circumstances()));
    reply.headers(rateLimitHeaders(standing));
    return standingBody(standing, challengeSid, this.policy);
  }
}
