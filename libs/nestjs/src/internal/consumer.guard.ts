import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Refusal } from '@resend/refusals.js';
import { HttpProblem } from '../answers/problems.js';
import { bearerToken } from '../public/session-source.js';
import { contextOf, type HttpRequest } from '../requests/request-context.js';
import { Consumers } from './consumers.js';
import type { Scope } from './scopes.js';

/** The scope that a route requires. A route without this decorator refuses every caller. */
export const Needs = Reflector.createDecorator<Scope>();

/** Admits internal consumers by `Authorization: Bearer` (an API key or a JWT), or those that the host's guards admitted. */
@Injectable()
export class ConsumerGuard implements CanActivate {
  constructor(
    private readonly consumers: Consumers,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<true> {
    const request = execution.switchToHttp().getRequest<HttpRequest>();
    const consumer = await this.consumers.of(request, bearerToken(request));
    if (typeof consumer === 'string') throw new Refusal('session-invalid', { reason: consumer });
    contextOf(request).actor = consumer.actor;
    const scope: Scope | undefined = this.reflector.get(Needs, execution.getHandler());
    if (!scope || !consumer.scopes.includes(scope)) throw new HttpProblem('insufficient-scope', { scope });
    return true;
  }
}
