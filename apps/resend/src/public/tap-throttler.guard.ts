import { createHash } from 'node:crypto';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import { bearerToken } from './session.guard.js';

/** Step 1 of a resend: raw taps are bounded per session and per client address, before anything else is asked. */
@Injectable()
export class TapThrottlerGuard extends ThrottlerGuard {
  /** One count for all routes. The credential is unknown yet, so it is only hashed. */
  protected override generateKey(_context: ExecutionContext, tracker: string, throttler: string): string {
    return `${throttler}:${tracker}`;
  }

  protected override throwThrottlingException(_context: ExecutionContext, detail: ThrottlerLimitDetail): never {
    throw new Refusal('too-many-requests', { waitMs: detail.timeToBlockExpire * 1000 });
  }
}

/** Names the session of a request without knowing it. */
export function sessionTracker(request: Record<string, unknown>): string {
  const token = bearerToken(request as unknown as FastifyRequest) ?? '';
  return createHash('sha256').update(token).digest('base64url').slice(0, 22);
}
