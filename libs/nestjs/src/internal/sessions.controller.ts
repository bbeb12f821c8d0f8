import { Body, Controller, Delete, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { type AuditEntry, AuditTrail, type AuditType } from '@audit/audit-trail.js';
import { audited } from '@audit/audited.js';
import type { Session } from '@resend/ports.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { note } from '@telemetry/request-context.js';
import { circumstances } from '../circumstances.js';
import { IfGiven, IsChallengeSid, IsIdentity } from '../input/fields.js';
import { On } from '../surface.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { ConsumerGuard, Needs } from './consumer.guard.js';

export class RegisterSession {
  /** Twilio's identity of the user. */
  @IsIdentity()
  readonly identity!: string;

  /** The only Challenge that the session may reach. */
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

/** Where the login backend registers whom a token speaks for. */
@Controller('internal/v1/sessions')
@UseGuards(ConsumerGuard)
export class SessionsController {
  constructor(
    private readonly sessions: TokenSessions,
    private readonly audit: AuditTrail,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  @Post()
  @On('private')
  @Needs('sessions:write')
  async register(@Body() { identity, challengeSid, expiresInSeconds }: RegisterSession) {
    const session = { identity, ...(challengeSid !== undefined && { challengeSid }) };
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1000).toISOString();
    const registered = await audited(
      () => this.sessions.register(session, expiresInSeconds),
      // Without an answer nobody was told the id: if there is a session, nobody can use it.
      (doubt, made) =>
        this.record('session.registered', session, { ...(made && { sessionId: made.id }), expiresAt, ...doubt }),
    );
    return { ...registered, expiresAt };
  }

  @Delete(':id')
  @On('private')
  @Needs('sessions:write')
  @HttpCode(204)
  async revoke(@Param() { id }: SessionParams): Promise<void> {
    const session = await this.sessions.registered(id);
    await audited(
      () => this.sessions.revoke(id),
      (doubt) => {
        if (session) this.record('session.ended', session, { sessionId: id, ...doubt });
      },
    );
  }

  /** A session's id alone opens nothing; it says which two events belong together. */
  private record(
    type: AuditType,
    { identity, challengeSid }: Session,
    changes: NonNullable<AuditEntry['changes']>,
  ): void {
    const user = this.hashOf(identity);
    note({ user });
    this.audit.record({
      type,
      user,
      ...circumstances(),
      ...(challengeSid !== undefined && { challengeSid }),
      changes,
    });
  }
}
