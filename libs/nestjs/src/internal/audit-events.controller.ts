import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { IsIn, Matches } from 'class-validator';
import { AUDIT_TYPES, type AuditPage, AuditTrail, type AuditType } from '@audit/audit-trail.js';
import { note } from '@telemetry/request-context.js';
import { IfGiven, IsIdentity } from '../input/fields.js';
import { On } from '../surface.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { ConsumerGuard, Needs } from './consumer.guard.js';

export class AuditEventsQuery {
  /** Only what was done to this user. */
  @IfGiven()
  @IsIdentity()
  readonly identity?: string;

  @IfGiven()
  @IsIn(AUDIT_TYPES)
  readonly type?: AuditType;

  /** 1 to 200; without it 50. */
  @IfGiven()
  @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'must be a whole number from 1 to 200' })
  readonly limit?: string;

  /** Where a page ended, as that page told. */
  @IfGiven()
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
