import { Body, Controller, Delete, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { On } from '../surface.js';
import { ApiKeyGuard, Needs } from './api-key.guard.js';

export class RegisterSession {
  /** Twilio's identity of the user. */
  @Matches(IDENTITY, { message: 'must be 8 to 64 letters and digits, in groups joined by single dashes' })
  readonly identity!: string;

  /** The only Challenge that the session may reach. */
  @ValidateIf((_, sid) => sid !== undefined)
  @Matches(CHALLENGE_SID, { message: 'must be a Challenge SID: YC and 32 hexadecimal digits' })
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
@UseGuards(ApiKeyGuard)
export class SessionsController {
  constructor(private readonly sessions: TokenSessions) {}

  @Post()
  @On('private')
  @Needs('sessions:write')
  async register(@Body() { identity, challengeSid, expiresInSeconds }: RegisterSession) {
    const session = { identity, ...(challengeSid !== undefined && { challengeSid }) };
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1000).toISOString();
    return { ...(await this.sessions.register(session, expiresInSeconds)), expiresAt };
  }

  @Delete(':id')
  @On('private')
  @Needs('sessions:write')
  @HttpCode(204)
  async revoke(@Param() { id }: SessionParams): Promise<void> {
    await this.sessions.revoke(id);
  }
}
