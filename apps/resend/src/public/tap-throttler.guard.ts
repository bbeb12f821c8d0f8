import { createHash } from 'node:crypto';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import { bearerToken } from '../bearer-token.js';

/** A screen looks every two seconds and a person taps now and then: so many looks are as good as one tap. */
const LOOKS_PER_TAP = 10;

/** Step 1 of a resend: raw taps, and looks, are bounded per session and per client address before anybody is asked. */
@Injectable()
export class TapThrottlerGuard extends ThrottlerGuard {
  protected override generateKey(context: ExecutionContext, tracker: string, throttler: string): string {
    return `${isLook(context) ? 'looks' : 'taps'}:${throttler}:${tracker}`;
  }

  protected override throwThrottlingException(_context: ExecutionContext, detail: ThrottlerLimitDetail): never {
    throw new Refusal('too-many-requests', { waitMs: detail.timeToBlockExpire * 1000 });
  }
}

/** @param taps how many taps a minute */
export function limitPerMinute(taps: number): (context: ExecutionContext) => number {
  return (context) => (isLook(context) ? taps * LOOKS_PER_TAP : taps);
}

function isLook(context: ExecutionContext): boolean {
  return context.switchToHttp().getRequest<FastifyRequest>().method !== 'POST';
}

/** Nobody is behind a request without a credential; its address is counted all the same. */
export function hasNoSession(context: ExecutionContext): boolean {
  return bearerToken(context.switchToHttp().getRequest<FastifyRequest>()) === undefined;
}

/** Names the session of a request without knowing it: the credential is unknown yet, so it is only hashed. */
export function sessionTracker(request: Record<string, unknown>): string {
  const token = bearerToken(request as unknown as FastifyRequest) ?? '';
  return createHash('sha256').update(token).digest('base64url').slice(0, 22);
}
