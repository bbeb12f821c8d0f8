import { Body, Controller, Headers, HttpStatus, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { IsBoolean } from 'class-validator';
import type { ResendPolicy } from '@resend/policy.js';
import { ResendService } from '@resend/resend.service.js';
import { setHeaders } from '../answers/headers.js';
import { rateLimitHeaders, resentBody } from '../answers/standing-body.js';
import { IfGiven, IsChallengeSid, IsReason, IsTtl } from '../input/fields.js';
import { type Checked, CheckedPipe } from '../input/checked.pipe.js';
import { idempotencyKey } from '../input/idempotency-key.js';
import { contextOf, type HttpRequest, type HttpResponse } from '../requests/request-context.js';
import { CountedAs } from '../requests/request.guard.js';
import { HASH_OF, type HashOf, RESEND_POLICY } from '../tokens.js';
import { Needs } from './consumer.guard.js';
import { DryRun } from './dry-run.js';
import { attributed, IdentityParams } from './on-behalf.js';

export class IdentityChallengeParams extends IdentityParams {
  @IsChallengeSid()
  readonly challengeSid!: string;
}

export class ResendOnBehalf {
  /** `true`: nothing is sent, spent or stored; the answer is the full decision. */
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  readonly dryRun?: boolean;

  /** Seconds; shortens the push's time to live. */
  @IsTtl()
  readonly ttl?: number;

  /** For the audit trail. */
  @IfGiven()
  @IsReason()
  readonly reason?: string;
}

/** A resend on behalf of a user, under the same limits as from the user's own screen. */
@Controller()
export class NotificationsController {
  constructor(
    private readonly resends: ResendService,
    private readonly dryRun: DryRun,
    @Inject(RESEND_POLICY) private readonly policy: ResendPolicy,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Post()
  @CountedAs('resend-on-behalf')
  @Needs('notifications:write')
  async resend(
    @Req() request: HttpRequest,
    @Param(new CheckedPipe(IdentityChallengeParams)) { identity, challengeSid }: Checked<IdentityChallengeParams>,
    @Body(new CheckedPipe(ResendOnBehalf)) { dryRun, ttl, reason }: Checked<ResendOnBehalf>,
    @Headers('idempotency-key') header: string | undefined,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const context = contextOf(request);
    context.isDryRun = dryRun === true;
    const by = attributed(request, { reason }, identity);
    context.user = this.hashOf(identity);
    const key = header === undefined ? undefined : idempotencyKey(header);
    if (dryRun === true) {
      const { standing, body } = await this.dryRun.of(identity, challengeSid, by);
      setHeaders(response.status(HttpStatus.OK), rateLimitHeaders(standing));
      return body;
    }
    const resent = await this.resends.resend({
      session: { identity },
      challengeSid,
      // Prefixed with the actor: public keys can not contain ':', so they never collide.
      ...(key !== undefined && { idempotencyKey: `${by.actor}:${key}` }),
      ...(ttl !== undefined && { ttlSeconds: ttl }),
      by,
    });
    context.isReplayed = resent.replayed;
    setHeaders(response, rateLimitHeaders(resent.standing));
    if (resent.replayed) response.header('Idempotent-Replayed', 'true');
    return resentBody(resent, challengeSid, this.policy);
  }
}
