import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { bearerToken } from '../bearer-token.js';

const sessions = new WeakMap<FastifyRequest, Session>();

/** Step 2 of a resend: whose session is this? */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly directory: SessionDirectory) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credential = bearerToken(request);
    const session = credential === undefined ? undefined : await this.directory.find(credential);
    if (session === undefined) throw new Refusal('session-invalid');
    sessions.set(request, session);
    return true;
  }
}

/** The session that the guard found. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request);
  if (session === undefined) throw new Error('this route has no SessionGuard');
  return session;
}
