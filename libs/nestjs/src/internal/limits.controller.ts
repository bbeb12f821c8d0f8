import { Body, Controller, Delete, HttpCode, Inject, Param, Post, Put, Req } from '@nestjs/common';
import { IsInt, Max, Min } from 'class-validator';
import { type Ledger, Ledgers } from '@resend/ports.js';
import { seconds, windowName } from '../answers/standing-body.js';
import { IfGiven, IsReason, IsReference } from '../input/fields.js';
import { type Checked, CheckedPipe } from '../input/checked.pipe.js';
import { contextOf, type HttpRequest } from '../requests/request-context.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { Needs } from './consumer.guard.js';
import { attributed, IdentityParams } from './on-behalf.js';

export class ResetLimits {
  @IsReason()
  readonly reason!: string;

  /** The support case or incident that it belongs to. */
  @IfGiven()
  @IsReference()
  readonly reference?: string;
}

export class SetBlock {
  @IsReason()
  readonly reason!: string;

  /** At most 90 days. */
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(1)
  @Max(7_776_000)
  readonly expiresInSeconds!: number;
}

export class EndBlock {
  @IfGiven()
  @IsReason()
  readonly reason?: string;
}

/** Actions of support and the fraud team. A reset does not lift a block, and ending a block resets no limits. */
@Controller()
export class LimitsController {
  constructor(
    private readonly ledgers: Ledgers,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  /** Answers with the values before the reset. */
  @Post('resets')
  @Needs('limits:write')
  async reset(
    @Req() request: HttpRequest,
    @Param(new CheckedPipe(IdentityParams)) { identity }: Checked<IdentityParams>,
    @Body(new CheckedPipe(ResetLimits)) why: Checked<ResetLimits>,
  ) {
    const { windows, heldMs } = await this.ledgerFor(request, identity, why).reset(identity);
    return {
      before: {
        windows: windows.toReversed().map(({ used, limit, windowMs }) => ({
          name: windowName({ windowMs }),
          used,
          limit,
          windowSeconds: seconds(windowMs),
        })),
        ...(heldMs !== undefined && { hold: { endsInSeconds: seconds(heldMs) } }),
      },
    };
  }

  @Put('block')
  @Needs('blocks:write')
  async block(
    @Req() request: HttpRequest,
    @Param(new CheckedPipe(IdentityParams)) { identity }: Checked<IdentityParams>,
    @Body(new CheckedPipe(SetBlock)) { reason, expiresInSeconds }: Checked<SetBlock>,
  ) {
    await this.ledgerFor(request, identity, { reason }).block(identity, expiresInSeconds * 1000);
    return { endsInSeconds: expiresInSeconds, reason };
  }

  @Delete('block')
  @Needs('blocks:write')
  @HttpCode(204)
  async unblock(
    @Req() request: HttpRequest,
    @Param(new CheckedPipe(IdentityParams)) { identity }: Checked<IdentityParams>,
    @Body(new CheckedPipe(EndBlock)) { reason }: Checked<EndBlock>,
  ): Promise<void> {
    await this.ledgerFor(request, identity, { reason }).unblock(identity);
  }

  private ledgerFor(
    request: HttpRequest,
    identity: string,
    { reason, reference }: { reason?: string | undefined; reference?: string | undefined },
  ): Ledger {
    const by = attributed(request, { reason, reference }, identity);
    contextOf(request).user = this.hashOf(identity);
    return this.ledgers.by(by);
  }
}
