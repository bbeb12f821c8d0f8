import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import { HttpProblem } from '../problems.js';
import { bearerToken } from '../bearer-token.js';
import { ApiKeys } from './api-keys.js';
import type { Scope } from './scopes.js';

/** The scope that a call needs. One without it lets nobody in. */
export const Needs = Reflector.createDecorator<Scope>();

/** Internal consumers come with `Authorization: Bearer prk_…`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): true {
    const credential = bearerToken(context.switchToHttp().getRequest<FastifyRequest>());
    const key = credential === undefined ? undefined : this.keys.find(credential);
    if (!key) throw new Refusal('session-invalid');
    const scope: Scope | undefined = this.reflector.get(Needs, context.getHandler());
    if (!scope || !key.scopes.includes(scope)) throw new HttpProblem('insufficient-scope');
    return true;
  }
}
