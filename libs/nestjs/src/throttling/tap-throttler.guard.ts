import { createHash } from 'node:crypto';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import { Metrics } from '@telemetry/metrics.js';
import type { SessionCredential } from '../public/session-credential.js';
import { addressOf } from './client-address.js';
import type { Count, TapStorage } from './storage.js';

/** A screen looks every two seconds and a person taps now and then: so many looks are as good as one tap. */
const LOOKS_PER_TAP = 10;

/** Raw taps, and looks, are bounded per session and per client address before anybody is asked. */
@Injectable()
export class TapThrottlerGuard extends ThrottlerGuard {
  @Inject(Metrics) private readonly metrics!: Metrics;
  protected declare readonly storageService: TapStorage;
  private readonly counts = new WeakMap<ExecutionContext, Count[]>();

  override async canActivate(context: ExecutionContext): Promise<true> {
    const counts: Count[] = [];
    this.counts.set(context, counts);
    await super.canActivate(context);
    const over = await this.storageService.firstOver(counts);
    if (!over) return true;
    const [asked = '', throttler = ''] = over.key.split(':', 2); // as `generateKey` made it
    this.metrics.throttled.inc({ throttler, asked });
    throw new Refusal('too-many-requests', { waitMs: over.waitMs });
  }

  /** One for each throttler that applies: it only says what is to be counted, so that all of it is counted at once. */
  protected override async handleRequest(asked: ThrottlerRequest): Promise<true> {
    const { context, limit, ttl, throttler, getTracker, generateKey } = asked;
    const tracker = await getTracker(context.switchToHttp().getRequest(), context);
    this.counts.get(context)?.push({ key: generateKey(context, tracker, throttler.name ?? ''), limit, ttl });
    return true;
  }

  protected override async getTracker(request: FastifyRequest): Promise<string> {
    return addressOf(request);
  }

  protected override generateKey(context: ExecutionContext, tracker: string, throttler: string): string {
    return `${isLook(context) ? 'looks' : 'taps'}:${throttler}:${tracker}`;
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
export function hasNoSession(credential: SessionCredential): (context: ExecutionContext) => boolean {
  return (context) => credential.of(context.switchToHttp().getRequest<FastifyRequest>()) === undefined;
}

/** Names the session of a request without knowing it: the credential is unknown yet, so it is only hashed. */
export function sessionTracker(credential: SessionCredential): (request: Record<string, unknown>) => string {
  return (request) => {
    const given = credential.of(request as unknown as FastifyRequest) ?? '';
    return createHash('sha256').update(given).digest('base64url').slice(0, 22);
  };
}
