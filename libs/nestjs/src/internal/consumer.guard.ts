import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import { note } from '@telemetry/request-context.js';
import { bearerToken } from '../input/bearer-token.js';
import { HttpProblem } from '../answers/problems.js';
import { type Consumer, Consumers } from './consumers.js';
import type { Scope } from './scopes.js';

/** The scope that a call needs. One without it lets nobody in. */
export const Needs = Reflector.createDecorator<Scope>();

const consumers = new WeakMap<FastifyRequest, Consumer>();

/** Internal consumers come with `Authorization: Bearer`, an API key or a JWT. */
@Injectable()
export class ConsumerGuard implements CanActivate {
  constructor(
    private readonly directory: Consumers,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credential = bearerToken(request);
    const consumer = credential === undefined ? undefined : await this.directory.find(credential);
    if (!consumer) throw new Refusal('session-invalid');
    consumers.set(request, consumer);
    note({ actor: consumer.actor });
    const scope: Scope | undefined = this.reflector.get(Needs, context.getHandler());
    if (!scope || !consumer.scopes.includes(scope)) throw new HttpProblem('insufficient-scope');
    return true;
  }
}

/** The consumer that the guard let in. */
export function consumerOf(request: FastifyRequest): Consumer {
  const consumer = consumers.get(request);
  if (consumer === undefined) throw new Error('this route has no ConsumerGuard');
  return consumer;
}
