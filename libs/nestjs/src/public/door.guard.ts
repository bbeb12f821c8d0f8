import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { Refusal } from '@resend/refusals.js';
import { Metrics } from '@telemetry/metrics.js';
import { HttpProblem } from '../answers/problems.js';
import { contextOf, type HttpRequest } from '../requests/request-context.js';
import { counterKey } from '../throttling/tap-limits.js';
import type { Count, Over, TapStorage } from '../throttling/storage.js';
import { HASH_OF, type HashOf } from '../tokens.js';
import { Front } from './front.js';
import { SessionSource } from './session-source.js';
import { TrustedOrigins } from './trusted-origins.js';

/**
 * Admits requests to the public routes. It runs all lookups at once, and refuses, in this order, cookies sent by other
 * sites' pages, clients over the raw limits of taps and looks, and requests without a valid session.
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
    if (typeof claimed === 'object') {
      if (this.sessions.isAmbient && !this.origins.allow(request)) throw new HttpProblem('cross-site-request');
      context.sessionCounter = claimed.counter;
    }
    const counts = await this.countsOf(execution, request);
    this.mustNotBeOver(this.storageService.knownOver(counts));
    const asked = this.front.ask(counts, claimed);
    this.mustNotBeOver(await asked.over);
    const session = await asked.session;
    if (typeof session === 'string') throw new Refusal('session-invalid', { reason: session });
    context.session = session;
    context.paused = asked.paused;
    context.actor = 'session';
    context.user = this.hashOf(session.identity);
    return true;
  }

  /**
   * The limits that apply, as declared. The throttler's own `canActivate` would also look for decorators that change
   * them, and increment one counter after another.
   */
  private async countsOf(execution: ExecutionContext, request: HttpRequest): Promise<readonly Count[]> {
    const counts: Count[] = [];
    for (const { name = '', limit, ttl, skipIf, getTracker } of this.throttlers) {
      if (skipIf?.(execution)) continue;
      const tracker = (await getTracker?.(request as never, execution)) ?? '';
      counts.push({
        key: counterKey(request, name, tracker),
        limit: typeof limit === 'function' ? await limit(execution) : limit,
        ttl: typeof ttl === 'function' ? await ttl(execution) : ttl,
      });
    }
    return counts;
  }

  private mustNotBeOver(over: Over | undefined): void {
    if (!over) return;
    const [asked = '', throttler = ''] = over.key.split(':', 2); // the format of `counterKey`
    this.metrics.throttled.inc({ throttler, asked });
    throw new Refusal('too-many-requests', { waitMs: over.waitMs });
  }
}
