import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { IsIn, Matches } from 'class-validator';
import { AUDIT_TYPES, type AuditPage, AuditTrail, type AuditType } from '@audit/audit-trail.js';
import { IfGiven, IsIdentity } from '../input/fields.js';
import { type Checked, CheckedPipe } from '../input/checked.pipe.js';
import { contextOf, type HttpRequest } from '../requests/request-context.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { Needs } from './consumer.guard.js';

export class AuditEventsQuery {
  /** Only events of this user. */
  @IfGiven()
  @IsIdentity()
  readonly identity?: string;

  @IfGiven()
  @IsIn(AUDIT_TYPES)
  readonly type?: AuditType;

  /** 1 to 200. Default: 50. */
  @IfGiven()
  @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'must be a whole number from 1 to 200' })
  readonly limit?: string;

  /** The `before` of the previous page. */
  @IfGiven()
  @Matches(/^\d{1,15}-\d{1,15}$/, { message: 'must be the `before` of a page' })
  readonly before?: string;
}

/** Lists audit events, newest first. */
@Controller()
export class AuditEventsController {
  constructor(
    private readonly audit: AuditTrail,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Get()
  @Needs('audit:read')
  async page(
    @Req() request: HttpRequest,
    @Query(new CheckedPipe(AuditEventsQuery)) { identity, type, limit = '50', before }: Checked<AuditEventsQuery>,
  ): Promise<AuditPage> {
    const user = identity === undefined ? undefined : this.hashOf(identity);
    if (user !== undefined) contextOf(request).user = user;
    return this.audit.page({
      ...(user !== undefined && { user }),
      ...(type !== undefined && { type }),
      limit: Number(limit),
      ...(before !== undefined && { before }),
    });
  }
}
