import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { note } from '@telemetry/request-context.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { SessionCredential } from './session-credential.js';

const sessions = new WeakMap<FastifyRequest, Session>();

/** Whose session is this? */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly directory: SessionDirectory,
    private readonly credential: SessionCredential,
    @Inject(HASH_OF) private readonly hashOf: HashOf,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credential = this.credential.of(request);
    const session = credential === undefined ? undefined : await this.directory.find(credential);
    if (session === undefined) throw new Refusal('session-invalid');
    sessions.set(request, session);
    note({ actor: 'session', user: this.hashOf(session.identity) });
    return true;
  }
}

/** The session that the guard found. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request);
  if (session === undefined) throw new Error('this route has no SessionGuard');
  return session;
}
