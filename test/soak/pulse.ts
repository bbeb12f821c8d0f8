import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from '../chaos/site.js';
import { hasEnded } from './measured-site.js';
import { outsideOf } from './outside.js';

/** How often, in milliseconds. */
const EVERY_MS = 2000;
/** How long `/livez` may take, in milliseconds: the time limit of the manifests' liveness probe. */
const LIVEZ_WITHIN_MS = 2000;

/** What was seen of all instances while the load went on. */
export interface Peaks {
  rssBytes: number;
  descriptors: number;
  /** Sockets by state, the most of an instance at once. */
  readonly sockets: Record<string, number>;
  livez: { asked: number; failed: number; slowestMs: number };
}

/** Looks at each instance from outside, over and over, until `stop`. */
export function takePulse({ instances }: Site): { readonly peaks: Peaks; stop(): Promise<void> } {
  const peaks: Peaks = { rssBytes: 0, descriptors: 0, sockets: {}, livez: { asked: 0, failed: 0, slowestMs: 0 } };
  const stopping = new AbortController();
  const beat = async () => {
    for (const { process: child, privateUrl } of instances) {
      if (hasEnded(child)) continue; // told by the next measurement
      const { rssBytes, descriptors, sockets } = outsideOf(child.pid ?? Number.NaN);
      peaks.rssBytes = Math.max(peaks.rssBytes, rssBytes);
      peaks.descriptors = Math.max(peaks.descriptors, descriptors);
      for (const [state, count] of Object.entries(sockets)) {
        peaks.sockets[state] = Math.max(peaks.sockets[state] ?? 0, count);
      }
      const askedAt = performance.now();
      const isAlive = await fetch(`${privateUrl}/livez`, { signal: AbortSignal.timeout(LIVEZ_WITHIN_MS) }).then(
        ({ ok }) => ok,
        () => false,
      );
      peaks.livez.asked += 1;
      peaks.livez.failed += Number(!isAlive);
      peaks.livez.slowestMs = Math.max(peaks.livez.slowestMs, performance.now() - askedAt);
    }
  };
  const beating = (async () => {
    while (!stopping.signal.aborted) {
      await beat();
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    peaks,
    stop: () => {
      stopping.abort();
      return beating;
    },
  };
}
