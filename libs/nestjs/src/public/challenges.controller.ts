import { Body, Controller, Get, Headers, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CHALLENGE_SID } from '@resend/patterns.js';
import type { ResendPolicy } from '@resend/policy.js';
import { ResendService } from '@resend/resend.service.js';
import { masked, rateLimitHeaders, resentBody, standingBody } from '../answers/standing-body.js';
import { setHeaders } from '../answers/headers.js';
import { type Checked, CheckedPipe, isAbsentOrEmpty, isOnly } from '../input/checked.pipe.js';
import { IsChallengeSid, IsTtl } from '../input/fields.js';
import { idempotencyKey } from '../input/idempotency-key.js';
import { attributionOf, contextOf, type HttpRequest, type HttpResponse } from '../requests/request-context.js';
import { CountedAs } from '../requests/request.guard.js';
import { RESEND_POLICY } from '../tokens.js';

export class ChallengeParams {
  @IsChallengeSid()
  readonly challengeSid!: string;
}

export class ResendBody {
  /** Seconds; shortens the push's time to live. */
  @IsTtl()
  readonly ttl?: number;
}

export const CHECKED_PARAMS = new CheckedPipe(ChallengeParams, isOnly('challengeSid', CHALLENGE_SID));
const CHECKED_BODY = new CheckedPipe(ResendBody, isAbsentOrEmpty);

/** The public API: the button's press, and the state of the button for its screen. */
@Controller()
export class ChallengesController {
  constructor(
    private readonly resends: ResendService,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
  ) {}

  @Post('notifications')
  @CountedAs('resend')
  async resend(
    @Req() request: HttpRequest,
    @Param(CHECKED_PARAMS) { challengeSid }: Checked<ChallengeParams>,
    @Body(CHECKED_BODY) { ttl }: Checked<ResendBody>,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const context = contextOf(request);
    const resent = await this.resends.resend({
      session: sessionOf(request),
      challengeSid,
      ...(key !== undefined && { idempotencyKey: idempotencyKey(key) }),
      ...(ttl !== undefined && { ttlSeconds: ttl }),
      ...(context.paused && { paused: context.paused }),
      by: attributionOf(request),
    });
    context.isReplayed = resent.replayed;
    const standing = masked(resent.standing);
    setHeaders(response, rateLimitHeaders(standing));
    if (resent.replayed) response.header('Idempotent-Replayed', 'true');
    return resentBody({ ...resent, standing }, challengeSid, this.policy);
  }

  @Get()
  @CountedAs('standing')
  async standing(
    @Req() request: HttpRequest,
    @Param(CHECKED_PARAMS) { challengeSid }: Checked<ChallengeParams>,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const { paused } = contextOf(request);
    const standing = masked(
      await this.resends.standing(sessionOf(request), challengeSid, attributionOf(request), paused),
    );
    setHeaders(response, rateLimitHeaders(standing));
    return standingBody(standing, challengeSid, this.policy);
  }
}

/** The session that `DoorGuard` has found. */
export function sessionOf(request: HttpRequest) {
  const { session } = contextOf(request);
  if (!session) throw new Error('this route has no DoorGuard');
  return session;
}
