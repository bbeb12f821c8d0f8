import type { Pause } from '@resend/ports.js';
import type { Metrics } from '@telemetry/metrics.js';
import { LIMITS, type UsersAtLimit } from '@telemetry/users-at-limit.js';
import type { Readiness } from '../lifecycle/readiness.js';

export interface GaugeSources {
  readonly readiness: Pick<Readiness, 'now'>;
  readonly pause: Pick<Pause, 'current'>;
  readonly usersAtLimit: Pick<UsersAtLimit, 'count'>;
}

/** Reads the gauges at scrape time that no event updates. A failed read reports NaN, not a stale value. */
export function readAtScrape(metrics: Metrics, { readiness, pause, usersAtLimit }: GaugeSources): void {
  metrics.beforeScrape.ready = async () => {
    for (const [part, isReady] of Object.entries(await readiness.now())) metrics.ready.set({ part }, Number(isReady));
  };
  metrics.beforeScrape.paused = async () => {
    const isPaused = pause.current().then((paused) => Number(paused !== undefined));
    metrics.paused.set(await isPaused.catch(() => Number.NaN));
  };
  // Called twice per scrape, by the gauge and by the counter of its errors: both share one read.
  let reading: Promise<void> | undefined;
  metrics.beforeScrape.usersAtLimit = () => {
    reading ??= readLimits().finally(() => (reading = undefined));
    return reading;
  };
  const readLimits = async () => {
    const counts = LIMITS.map(async (limit) => {
      try {
        metrics.usersAtLimit.set({ limit }, await usersAtLimit.count(limit));
      } catch {
        metrics.usersAtLimit.set({ limit }, Number.NaN);
        metrics.usersAtLimitErrors.inc();
      }
    });
    await Promise.all(counts);
  };
}
