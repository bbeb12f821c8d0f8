import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Parts } from '@nest/parts/parts.js';

/** The endpoints for orchestrators and Prometheus. */
@Controller()
export class OpsController {
  private page: Promise<Buffer> | undefined;

  constructor(private readonly parts: Parts) {}

  /** Answers as long as the process does. Checks nothing else. */
  @Get('livez')
  live() {
    return { status: 'ok' };
  }

  /** Whether this instance should get requests. Does not check Twilio, whose outage affects all instances alike. */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { readiness, drain } = this.parts;
    const { ledger, sessions, instance } = await readiness.now();
    if (!instance) reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: wordFor(instance),
      checks: { ledger: wordFor(ledger), sessions: wordFor(sessions), draining: drain.isDraining },
    };
  }

  /** Concurrent requests share one response, so its bytes are in memory once. */
  @Get('metrics')
  async scrape(@Res({ passthrough: true }) reply: FastifyReply) {
    const { registry } = this.parts.metrics;
    this.page ??= registry
      .metrics()
      .then((text) => Buffer.from(text))
      .finally(() => (this.page = undefined));
    reply.type(registry.contentType);
    return this.page;
  }
}

function wordFor(isReady: boolean): 'ok' | 'unavailable' {
  return isReady ? 'ok' : 'unavailable';
}
