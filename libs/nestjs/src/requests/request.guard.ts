import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Refusal } from '@resend/refusals.js';
import type { Operation } from '@telemetry/metrics.js';
import { Drain } from '../lifecycle/drain.js';
import type { HttpRequest } from './request-context.js';
import { Requests } from './requests.js';

/** The operation under which a route's requests are counted. */
export const CountedAs = Reflector.createDecorator<Operation>();

/** The first guard of every route. It creates the request's context, on which everything after it relies. */
@Injectable()
export class RequestGuard implements CanActivate {
  constructor(
    private readonly requests: Requests,
    private readonly drain: Drain,
    private readonly reflector: Reflector,
  ) {}

  canActivate(execution: ExecutionContext): true {
    const http = execution.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const context = this.requests.begin(request, http.getResponse());
    const operation: Operation | undefined = this.reflector.get(CountedAs, execution.getHandler());
    // A HEAD is served by the handler of the GET, but screens do not use it.
    if (operation && request.method !== 'HEAD') context.operation ??= operation;
    // A screen can retry on another instance; internal calls are still served.
    const isPublic = operation === 'resend' || operation === 'standing';
    if (this.drain.isDraining && isPublic) throw new Refusal('shutting-down', { waitMs: 1000 });
    return true;
  }
}
