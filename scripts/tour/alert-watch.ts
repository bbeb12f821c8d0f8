import { setTimeout as sleep } from 'node:timers/promises';
import type { Prometheus } from './prometheus.ts';

export interface FiredAlert {
  readonly name: string;
  readonly severity: string;
  /** Seconds since the start of the tour. */
  readonly from: number;
  to?: number;
}

const FIRING = 'max by (alertname, severity) (ALERTS{alertstate="firing"})';

/** Prints when alerts start and stop firing. */
export class AlertWatch {
  readonly fired: FiredAlert[] = [];
  private readonly prometheus: Prometheus;
  private readonly startedAt: number;
  private isOver = false;

  constructor(prometheus: Prometheus, startedAt: number) {
    this.prometheus = prometheus;
    this.startedAt = startedAt;
  }

  async watch(): Promise<void> {
    while (!this.isOver) {
      this.see(await this.prometheus.now(FIRING));
      await sleep(500);
    }
  }

  stop(): void {
    this.isOver = true;
  }

  private see(firing: Awaited<ReturnType<Prometheus['now']>>): void {
    const at = Math.round((Date.now() - this.startedAt) / 1000);
    const names = new Set(firing.map(({ labels }) => labels['alertname']));
    for (const alert of this.fired) {
      if (alert.to !== undefined || names.has(alert.name)) continue;
      alert.to = at;
      console.log(`  ${clock(at)}  ends   ${alert.name}`);
    }
    for (const { labels } of firing) {
      const { alertname: name = '', severity = '' } = labels;
      if (this.fired.some((alert) => alert.name === name && alert.to === undefined)) continue;
      this.fired.push({ name, severity, from: at });
      console.log(`  ${clock(at)}  FIRES  ${name} (${severity})`);
    }
  }
}

/** Seconds as `m:ss`. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
}
