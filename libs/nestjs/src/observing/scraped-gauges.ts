import type { Pause } from '@resend/ports.js';
import type { Metrics } from '@telemetry/metrics.js';
import { LIMITS, type UsersAtLimit } from '@telemetry/users-at-limit.js';
import type { Drain } from '../lifecycle/drain.js';
import type { Readiness } from '../lifecycle/readiness.js';

export interface GaugeSources {
  readonly readiness: Readiness;
  readonly drain: Drain;
  readonly pause: Pause;
  readonly usersAtLimit: UsersAtLimit;
}

/** The gauges that are asked for with each scrape, as nobody tells when they change. */
export class ScrapedGauges {
  constructor(
    private readonly metrics: Metrics,
    private readonly sources: GaugeSources,
  ) {}

  /** What can not be told becomes NaN: the number of before would be a lie. */
  async refresh(): Promise<void> {
    await Promise.all([this.readReadiness(), this.readPause(), ...LIMITS.map((limit) => this.readLimit(limit))]);
  }

  private async readReadiness(): Promise<void> {
    const { readiness, drain } = this.sources;
    for (const [part, isReady] of Object.entries(await readiness.now(drain))) {
      this.metrics.ready.set({ part }, Number(isReady));
    }
  }

  private async readPause(): Promise<void> {
    const isPaused = this.sources.pause.current().then((paused) => Number(paused !== undefined));
    this.metrics.paused.set(await isPaused.catch(() => Number.NaN));
  }

  private async readLimit(limit: (typeof LIMITS)[number]): Promise<void> {
    try {
      this.metrics.usersAtLimit.set({ limit }, await this.sources.usersAtLimit.count(limit));
    } catch {
      this.metrics.usersAtLimit.set({ limit }, Number.NaN);
      this.metrics.usersAtLimitErrors.inc();
    }
  }
}
