import { Body, Controller, Get, Put, Req } from '@nestjs/common';
import { IsBoolean, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { AuditTrail } from '@audit/audit-trail.js';
import { audited } from '@audit/audited.js';
import { type Attribution, Pause } from '@resend/ports.js';
import { seconds } from '../answers/standing-body.js';
import { IsReason } from '../input/fields.js';
import { type Checked, CheckedPipe } from '../input/checked.pipe.js';
import type { HttpRequest } from '../requests/request-context.js';
import { Needs } from './consumer.guard.js';
import { attributed } from './on-behalf.js';

export class SetPause {
  /** `true` pauses resends for all users, until the pause expires or `false` ends it. */
  @IsBoolean({ message: 'must be true or false' })
  readonly paused!: boolean;

  @IsReason()
  readonly reason!: string;

  /** At most 7 days. Not required when ending a pause. */
  @ValidateIf(({ paused }: SetPause, given) => paused || given !== undefined)
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(1)
  @Max(604_800)
  readonly expiresInSeconds?: number;
}

/** The kill switch, for all instances at once. */
@Controller()
export class PauseController {
  constructor(
    private readonly pause: Pause,
    private readonly audit: AuditTrail,
  ) {}

  @Get()
  @Needs('controls:write')
  async get() {
    const paused = await this.pause.current();
    if (!paused) return { paused: false };
    return { paused: true, reason: paused.reason, endsInSeconds: seconds(paused.endsInMs) };
  }

  @Put()
  @Needs('controls:write')
  async set(
    @Req() request: HttpRequest,
    @Body(new CheckedPipe(SetPause)) { paused, reason, expiresInSeconds }: Checked<SetPause>,
  ) {
    const by = attributed(request, { reason });
    // The validation of SetPause requires an expiry for starting a pause.
    if (paused) await this.begin(reason, expiresInSeconds as number, by);
    else await this.end(by);
    return this.get();
  }

  private async begin(reason: string, expiresInSeconds: number, by: Attribution): Promise<void> {
    await audited(
      () => this.pause.begin(reason, expiresInSeconds * 1000),
      (doubt) => this.audit.record({ type: 'pause.set', ...by, changes: { expiresInSeconds, ...doubt } }),
    );
  }

  private async end(by: Attribution): Promise<void> {
    const before = await this.pause.current();
    await audited(
      () => this.pause.end(),
      (doubt) => {
        if (!before) return;
        const changes = { leftSeconds: seconds(before.endsInMs), ...doubt };
        this.audit.record({ type: 'pause.ended', ...by, changes });
      },
    );
  }
}
