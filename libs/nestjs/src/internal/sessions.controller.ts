import { Body, Controller, Delete, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { type AuditEntry, AuditTrail, type AuditType } from '@audit/audit-trail.js';
import { audited } from '@audit/audited.js';
import type { Session } from '@resend/ports.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { IfGiven, IsChallengeSid, IsIdentity } from '../input/fields.js';
import { type Checked, CheckedPipe } from '../input/checked.pipe.js';
import { attributionOf, contextOf, type HttpRequest } from '../requests/request-context.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { Needs } from './consumer.guard.js';

export class RegisterSession {
  /** Twilio's identity of the user. */
  @IsIdentity()
  readonly identity!: string;

  /** Restricts the session to this Challenge. */
  @IfGiven()
  @IsChallengeSid()
  readonly challengeSid?: string;

  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(1)
  @Max(86_400)
  readonly expiresInSeconds!: number;
}

export class SessionParams {
  @Matches(/^[0-9a-f]{32}$/, { message: 'must be the id of a session: 32 hexadecimal digits' })
  readonly id!: string;
}

/** The login backend registers sessions here, and gets a token for each. */
@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: TokenSessions,
    private readonly audit: AuditTrail,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Post()
  @Needs('sessions:write')
  async register(
    @Req() request: HttpRequest,
    @Body(new CheckedPipe(RegisterSession)) { identity, challengeSid, expiresInSeconds }: Checked<RegisterSession>,
  ) {
    const session = { identity, ...(challengeSid !== undefined && { challengeSid }) };
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1000).toISOString();
    const registered = await audited(
      () => this.sessions.register(session, expiresInSeconds),
      // Without an answer the id is unknown. If the session exists, its token was never handed out.
      (doubt, made) =>
        this.record(request, 'session.registered', session, {
          ...(made && { sessionId: made.id }),
          expiresAt,
          ...doubt,
        }),
    );
    return { ...registered, expiresAt };
  }

  @Delete(':id')
  @Needs('sessions:write')
  @HttpCode(204)
  async revoke(
    @Req() request: HttpRequest,
    @Param(new CheckedPipe(SessionParams)) { id }: Checked<SessionParams>,
  ): Promise<void> {
    const session = await this.sessions.registered(id);
    await audited(
      () => this.sessions.revoke(id),
      (doubt) => {
        if (session) this.record(request, 'session.ended', session, { sessionId: id, ...doubt });
      },
    );
  }

  /** The session's id links its two events. It is not a credential. */
  private record(
    request: HttpRequest,
    type: AuditType,
    { identity, challengeSid }: Session,
    changes: NonNullable<AuditEntry['changes']>,
  ): void {
    const user = this.hashOf(identity);
    contextOf(request).user = user;
    this.audit.record({
      type,
      user,
      ...attributionOf(request),
      ...(challengeSid !== undefined && { challengeSid }),
      changes,
    });
  }
}
