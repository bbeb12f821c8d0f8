import { Body, Controller, Get, Put, UseGuards } from '@nestjs/common';
import { IsBoolean, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { AuditTrail } from '@audit/audit-trail.js';
import { audited } from '@audit/audited.js';
import { Pause } from '@resend/ports.js';
import { note } from '@telemetry/request-context.js';
import { seconds } from '../answers/standing-body.js';
import { circumstances } from '../circumstances.js';
import { IsReason } from '../input/fields.js';
import { HttpProblem } from '../answers/problems.js';
import { On } from '../surface.js';
import { ConsumerGuard, Needs } from './consumer.guard.js';
import { mustNameNobody } from './on-behalf.js';

export class SetPause {
  /** `true`: no resend for anybody, until it ends by itself or is ended by `false`. */
  @IsBoolean({ message: 'must be true or false' })
  readonly paused!: boolean;

  @IsReason()
  readonly reason!: string;

  /** At most 7 days; not needed to end a pause. */
  @ValidateIf(({ paused }: SetPause, given) => paused || given !== undefined)
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(1)
  @Max(604_800)
  readonly expiresInSeconds?: number;
}

/** Only `paused: false` ends a pause, whatever else is wrong with the words that begin one. */
const NO_EXPIRY = { pointer: '/expiresInSeconds', message: 'must be a whole number of seconds' };

/** The kill switch, of all instances at once. */
@Controller('internal/v1/pause')
@UseGuards(ConsumerGuard)
export class PauseController {
  constructor(
    private readonly pause: Pause,
    private readonly audit: AuditTrail,
  ) {}

  @Get()
  @On('private')
  @Needs('controls:write')
  async tell() {
    const paused = await this.pause.current();
    if (!paused) return { paused: false };
    return { paused: true, reason: paused.reason, endsInSeconds: seconds(paused.endsInMs) };
  }

  @Put()
  @On('private')
  @Needs('controls:write')
  async set(@Body() { paused, reason, expiresInSeconds }: SetPause) {
    mustNameNobody({ reason });
    note({ reason });
    if (!paused) await this.end();
    else if (expiresInSeconds !== undefined) await this.begin(reason, expiresInSeconds);
    else throw new HttpProblem('invalid-request', { errors: [NO_EXPIRY] });
    return this.tell();
  }

  private async begin(reason: string, expiresInSeconds: number): Promise<void> {
    await audited(
      () => this.pause.begin(reason, expiresInSeconds * 1000),
      (doubt) => this.audit.record({ type: 'pause.set', ...circumstances(), changes: { expiresInSeconds, ...doubt } }),
    );
  }

  private async end(): Promise<void> {
    const before = await this.pause.current();
    await audited(
      () => this.pause.end(),
      (doubt) => {
        if (!before) return;
        const changes = { leftSeconds: seconds(before.endsInMs), ...doubt };
        this.audit.record({ type: 'pause.ended', ...circumstances(), changes });
      },
    );
  }
}
