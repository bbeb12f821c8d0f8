import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { IsIn, Matches, ValidateIf } from 'class-validator';
import { AUDIT_TYPES, type AuditPage, AuditTrail, type AuditType } from '@audit/audit-trail.js';
import { IDENTITY } from '@resend/patterns.js';
import { note } from '@telemetry/trail.js';
import { On } from '../surface.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { ConsumerGuard, Needs } from './consumer.guard.js';

const isGiven = (_: object, value: unknown) => value !== undefined;

export class AuditEventsQuery {
  /** Only what was done to this user. */
  @ValidateIf(isGiven)
  @Matches(IDENTITY, { message: 'must be 8 to 64 letters and digits, in groups joined by single dashes' })
  readonly identity?: string;

  @ValidateIf(isGiven)
  @IsIn(AUDIT_TYPES)
  readonly type?: AuditType;

  /** 1 to 200; without it 50. */
  @ValidateIf(isGiven)
  @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'must be a whole number from 1 to 200' })
  readonly limit?: string;

  /** Where a page ended, as that page told. */
  @ValidateIf(isGiven)
  @Matches(/^\d{1,15}-\d{1,15}$/, { message: 'must be the `before` of a page' })
  readonly before?: string;
}

/** What was done, newest first. */
@Controller('internal/v1/audit-events')
@UseGuards(ConsumerGuard)
export class AuditEventsController {
  constructor(
    private readonly audit: AuditTrail,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Get()
  @On('private')
  @Needs('audit:read')
  async page(@Query() { identity, type, limit = '50', before }: AuditEventsQuery): Promise<AuditPage> {
    const user = identity === undefined ? undefined : this.hashOf(identity);
    if (user !== undefined) note({ user });
    return this.audit.page({
      ...(user !== undefined && { user }),
      ...(type !== undefined && { type }),
      limit: Number(limit),
      ...(before !== undefined && { before }),
    });
  }
}
