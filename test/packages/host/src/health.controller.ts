import { Controller, Get, HttpCode, Post, ServiceUnavailableException } from '@nestjs/common';
import { Drain, PushResendHealthIndicator } from '@push-resend/nestjs';

@Controller({ path: 'health', version: '1' })
export class HealthController {
  constructor(
    private readonly resends: PushResendHealthIndicator,
    private readonly drain: Drain,
  ) {}

  @Get('ready')
  async ready() {
    const health = await this.resends.isHealthy('resends');
    if (health['resends']?.status !== 'up') throw new ServiceUnavailableException(health);
    return health;
  }

  /** Called before the orchestrator stops this instance. */
  @Post('drain')
  @HttpCode(200)
  async drainNow() {
    return { stillRunning: await this.drain.drain(5000) };
  }
}
