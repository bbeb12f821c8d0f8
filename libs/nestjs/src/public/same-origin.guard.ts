import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../answers/problems.js';
import { SessionCredential } from './session-credential.js';
import { TrustedOrigins } from './trusted-origins.js';

/**
 * A cookie proves who, not that they meant it: a browser sends it for whichever site makes the request (CSRF). A request
 * with one must show where it comes from, by what browsers write and pages can not.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  constructor(
    private readonly credential: SessionCredential,
    private readonly origins: TrustedOrigins,
  ) {}

  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const isAtStake = this.credential.isAmbient && this.credential.of(request) !== undefined;
    if (isAtStake && !this.isOurOwn(request)) throw new HttpProblem('cross-site-request');
    return true;
  }

  /**
   * `Sec-Fetch-Site` where there is one (browsers since 2023, over https), else `Origin`. Without either, a tap is
   * refused, and a look, which changes nothing and which no other site can read, is not.
   */
  private isOurOwn({ method, headers }: FastifyRequest): boolean {
    const { origin, 'sec-fetch-site': site } = headers;
    if (origin !== undefined && this.origins.ofOthers.has(origin)) return true;
    const isLook = method === 'GET' || method === 'HEAD';
    // `none`: typed into the address bar, which can only look.
    if (site !== undefined) return site === 'same-origin' || (site === 'none' && isLook);
    return origin === undefined ? isLook : origin === this.origins.own;
  }
}
