import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Metrics } from '@telemetry/metrics.js';
import { On } from '@nest/surface.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { Readiness } from '@nest/lifecycle/readiness.js';
import { ScrapedGauges } from '@nest/observing/scraped-gauges.js';

/** What orchestrators and Prometheus ask. */
@Controller()
export class OpsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly readiness: Readiness,
    private readonly drain: Drain,
    private readonly gauges: ScrapedGauges,
  ) {}

  /** The process answers: nothing else is looked at. */
  @Get('livez')
  @On('private')
  live() {
    return { status: 'ok' };
  }

  /** This instance should get requests. Twilio is not looked at: without it every instance is the same. */
  @Get('readyz')
  @On('private')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { ledger, sessions, instance } = await this.readiness.now(this.drain);
    if (!instance) reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: wordFor(instance),
      checks: { ledger: wordFor(ledger), sessions: wordFor(sessions), draining: this.drain.isDraining },
    };
  }

  @Get('metrics')
  @On('private')
  async scrape(@Res({ passthrough: true }) reply: FastifyReply) {
    await this.gauges.refresh();
    reply.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}

function wordFor(isReady: boolean): 'ok' | 'unavailable' {
  return isReady ? 'ok' : 'unavailable';
}
