import type { Readiness } from './readiness.js';

/** The format of `@nestjs/terminus`: one entry under the key. */
export type HealthIndicatorResult = Readonly<Record<string, HealthIndicatorEntry>>;

export interface HealthIndicatorEntry {
  readonly status: 'up' | 'down';
  /** The Redis of the ledger, and below that of the sessions. */
  readonly ledger: 'up' | 'down';
  readonly sessions: 'up' | 'down';
}

/**
 * Reports whether this instance should get requests: for `HealthCheckService.check` of `@nestjs/terminus`, or any
 * readiness endpoint. It does not check Twilio, whose outage affects all instances alike.
 */
export class PushResendHealthIndicator {
  constructor(private readonly readiness: Readiness) {}

  async isHealthy(key = 'push-resend'): Promise<HealthIndicatorResult> {
    const { ledger, sessions, instance } = await this.readiness.now();
    return { [key]: { status: word(instance), ledger: word(ledger), sessions: word(sessions) } };
  }
}

function word(isReady: boolean): 'up' | 'down' {
  return isReady ? 'up' : 'down';
}
