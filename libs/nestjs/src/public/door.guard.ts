import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import { Refusal } from '@resend/refusals.js';
import { Metrics } from '@telemetry/metrics.js';
import { HttpProblem } from '../answers/problems.js';
import { contextOf, type HttpRequest, type RequestContext } from '../requests/request-context.js';
import { counterKey } from '../throttling/tap-limits.js';
import type { Count, Over, TapStorage } from '../throttling/storage.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { Front } from './front.js';
import { SessionSource } from './session-source.js';
import { TrustedOrigins } from './trusted-origins.js';

/**
 * Admits requests to the public routes. It asks everything at once, and in this order it refuses cookies sent by other sites' pages, clients over the
 * raw limits of taps and looks, and requests without a valid session.
 */
@Injectable()
export class DoorGuard extends ThrottlerGuard {
  @Inject(Metrics) private readonly metrics!: Metrics;
  @Inject(Front) private readonly front!: Front;
  @Inject(SessionSource) private readonly sessions!: SessionSource;
  @Inject(TrustedOrigins) private readonly origins!: TrustedOrigins;
  @Inject(HASH_OF) private readonly hashOf!: HashOf;
  protected declare readonly storageService: TapStorage;

  override async canActivate(execution: ExecutionContext): Promise<true> {
    const request = execution.switchToHttp().getRequest<HttpRequest>();
    const context = contextOf(request);
    const claimed = await this.sessions.claimedBy(request);
    if (claimed && this.sessions.isAmbient && !this.origins.allow(request)) throw new HttpProblem('cross-site-request');
    if (claimed) context.sessionCounter = claimed.counter;
    const counts = await this.countsOf(execution, context);
    this.mustNotBeOver(this.storageService.knownOver(counts));
    const asked = this.front.ask(counts, claimed);
    this.mustNotBeOver(await asked.over);
    const session = await asked.session;
    if (!session) throw new Refusal('session-invalid');
    context.session = session;
    context.paused = asked.paused;
    context.actor = 'session';
    context.user = this.hashOf(session.identity);
    return true;
  }

  /** The throttler calls `handleRequest` for each limit that applies; all counters are then incremented together. */
  private async countsOf(execution: ExecutionContext, context: RequestContext): Promise<readonly Count[]> {
    context.counts = [];
    await super.canActivate(execution);
    return context.counts;
  }

  private mustNotBeOver(over: Over | undefined): void {
    if (!over) return;
    const [asked = '', throttler = ''] = over.key.split(':', 2); // the format of `counterKey`
    this.metrics.throttled.inc({ throttler, asked });
    throw new Refusal('too-many-requests', { waitMs: over.waitMs });
  }

  protected override async handleRequest({ context, limit, ttl, throttler, getTracker }: ThrottlerRequest) {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const tracker = await getTracker(request as never, context);
    contextOf(request).counts?.push({ key: counterKey(request, throttler.name ?? '', tracker), limit, ttl });
    return true;
  }
}
