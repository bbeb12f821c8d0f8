/**
 * Loaded into each instance by `--import`: told `vitals`, it collects garbage and answers over IPC with what only the
 * process itself knows. It needs --expose-gc, and ends the process when whoever started it is gone.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';

export interface Vitals {
  /** Of JavaScript objects that are still in use. */
  readonly heapBytes: number;
  /** Buffers, and what native objects hold. */
  readonly offHeapBytes: number;
  /** Since the last question, in milliseconds: not exceeded by 99 % of the measurements, and the longest. */
  readonly loopDelayMs: { readonly p99: number; readonly max: number };
  /** What keeps the event loop alive, by kind: timers, sockets, requests. */
  readonly resources: Readonly<Record<string, number>>;
}

const NANOSECONDS_PER_MS = 1e6;
const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();

process.on('message', (question) => {
  if (question === 'vitals') void answer();
});
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

async function answer(): Promise<void> {
  const loopDelayMs = { p99: delays.percentile(99) / NANOSECONDS_PER_MS, max: delays.max / NANOSECONDS_PER_MS };
  for (let times = 0; times < 2; times++) {
    globalThis.gc?.();
    await turn(); // what finalizers let go is collected the next time
  }
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const vitals: Vitals = { heapBytes: heapUsed, offHeapBytes: external, loopDelayMs, resources };
  process.send?.(vitals);
  delays.reset();
}
