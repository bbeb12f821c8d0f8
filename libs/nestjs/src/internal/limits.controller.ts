import { Body, Controller, Delete, HttpCode, Inject, Param, Post, Put, UseGuards } from '@nestjs/common';
import { IsInt, Max, Min } from 'class-validator';
import { Ledgers } from '@resend/ports.js';
import { note } from '@telemetry/request-context.js';
import { seconds, windowName } from '../answers/standing-body.js';
import { circumstances } from '../circumstances.js';
import { IfGiven, IsReason, IsReference } from '../input/fields.js';
import { On } from '../surface.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { ConsumerGuard, Needs } from './consumer.guard.js';
import { IdentityParams, mustNameNobody } from './on-behalf.js';

export class ResetLimits {
  @IsReason()
  readonly reason!: string;

  /** The case it belongs to. */
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

/** What support and the fraud team may do about a user: a reset lifts no block, and the end of a block resets nothing. */
@Controller('internal/v1/identities/:identity')
@UseGuards(ConsumerGuard)
export class LimitsController {
  constructor(
    private readonly ledgers: Ledgers,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  /** Answers what the reset ended. */
  @Post('resets')
  @On('private')
  @Needs('limits:write')
  async reset(@Param() { identity }: IdentityParams, @Body() { reason, reference }: ResetLimits) {
    this.begin(identity, { reason, ...(reference !== undefined && { reference }) });
    const { windows, heldMs } = await this.ledgers.by(circumstances()).reset(identity);
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
  @On('private')
  @Needs('blocks:write')
  async block(@Param() { identity }: IdentityParams, @Body() { reason, expiresInSeconds }: SetBlock) {
    this.begin(identity, { reason });
    await this.ledgers.by(circumstances()).block(identity, expiresInSeconds * 1000);
    return { endsInSeconds: expiresInSeconds, reason };
  }

  @Delete('block')
  @On('private')
  @Needs('blocks:write')
  @HttpCode(204)
  async unblock(@Param() { identity }: IdentityParams, @Body() { reason }: EndBlock): Promise<void> {
    this.begin(identity, reason === undefined ? {} : { reason });
    await this.ledgers.by(circumstances()).unblock(identity);
  }

  private begin(identity: string, why: { reason?: string; reference?: string }): void {
    mustNameNobody({ ...why }, identity);
    note({ user: this.hashOf(identity), ...why });
  }
}
