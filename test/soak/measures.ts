import type { MeasuredSite } from './measured-site.js';
import { outsideOf } from './outside.js';
import { redisVitals } from './redis-day.js';
import { type Allowance, trendOf, type Trend } from './trend.js';

const MIB = 1 << 20;

export interface Measure extends Allowance {
  readonly unit: 'MiB' | 'ms' | '';
  /** Whether it is the same before the first load and after the last. Memory is not: code is compiled, caches are filled. */
  readonly returns: boolean;
}

/** What is measured of each instance while nothing goes on. */
const OF_INSTANCE = {
  'heap in use': { unit: 'MiB', by: 2 * MIB, share: 0.05, returns: false },
  'off heap': { unit: 'MiB', by: MIB, share: 0.1, returns: false },
  'resident memory': { unit: 'MiB', by: 8 * MIB, share: 0.05, returns: false },
  'active resources': { unit: '', by: 5, returns: true },
  'file descriptors': { unit: '', by: 5, returns: true },
  'TCP sockets': { unit: '', by: 5, returns: true },
  'event streams': { unit: '', by: 0, returns: true },
  // Of the round before the lull.
  'event-loop delay, p99': { unit: 'ms', by: 20, share: 0.5, returns: false },
  'event-loop delay, longest': { unit: 'ms', by: Infinity, returns: false },
} as const satisfies Readonly<Record<string, Measure>>;

/** What is measured of Redis, when a day has passed there. */
const OF_REDIS = {
  'Redis keys': { unit: '', by: 2, returns: true },
  'Redis memory': { unit: 'MiB', by: MIB, share: 0.1, returns: false },
  'Redis clients': { unit: '', by: 2, returns: true }, // each instance subscribes with its first event stream
} as const satisfies Readonly<Record<string, Measure>>;

/** One measurement of everything, by name: bytes, milliseconds, or a number of things. */
export type Measurement = Readonly<Record<string, number>>;

/** The measures by the names of a {@link Measurement}. */
export function measuresOf(instances: number): ReadonlyMap<string, Measure> {
  const each = Array.from({ length: instances }, (_, index) =>
    Object.entries(OF_INSTANCE).map(([name, measure]): [string, Measure] => [nameOf(name, index), measure]),
  );
  return new Map<string, Measure>([...each.flat(), ...Object.entries(OF_REDIS)]);
}

/** Measures everything. */
export async function measured(site: MeasuredSite): Promise<Measurement> {
  const found: Record<string, number> = {};
  for (const [index, instance] of site.instances.entries()) {
    const { heapBytes, offHeapBytes, loopDelayMs, resources } = await site.vitalsOf(instance);
    const streams = /^push_resend_event_streams (\d+)$/m.exec(await metricsOf(instance.privateUrl));
    const { rssBytes, descriptors, sockets } = outsideOf(instance.process.pid ?? Number.NaN);
    const own: Record<keyof typeof OF_INSTANCE, number> = {
      'heap in use': heapBytes,
      'off heap': offHeapBytes,
      'resident memory': rssBytes,
      'active resources': sum(resources),
      'file descriptors': descriptors,
      'TCP sockets': sum(sockets),
      'event streams': Number(streams?.[1]),
      'event-loop delay, p99': loopDelayMs.p99,
      'event-loop delay, longest': loopDelayMs.max,
    };
    for (const [name, value] of Object.entries(own)) found[nameOf(name, index)] = value;
  }
  const { keys, bytes, clients } = await redisVitals(site.redis);
  const ofRedis: Record<keyof typeof OF_REDIS, number> = {
    'Redis keys': keys,
    'Redis memory': bytes,
    'Redis clients': clients,
  };
  return { ...found, ...ofRedis };
}

/** A measure over the lulls between rounds. */
export interface Course extends Trend {
  readonly name: string;
  readonly measure: Measure;
  readonly highest: number;
}

export function coursesOf(lulls: readonly Measurement[], measures: ReadonlyMap<string, Measure>): Course[] {
  return [...measures].map(([name, measure]) => {
    const series = lulls.map((lull) => lull[name] ?? Number.NaN);
    return Object.assign({ name, measure, highest: Math.max(...series) }, trendOf(series, measure));
  });
}

/** @returns the measures that are not what they were before, with how much they are above */
export function notReturned(before: Measurement, after: Measurement, measures: ReadonlyMap<string, Measure>): string[] {
  return [...measures].flatMap(([name, { returns, by }]) => {
    const [was = Number.NaN, is = Number.NaN] = [before[name], after[name]];
    return !returns || is <= was + by ? [] : [`${name}: ${is}, and ${was} before the first load`];
  });
}

function nameOf(name: string, index: number): string {
  return `${name}, instance ${index + 1}`;
}

async function metricsOf(privateUrl: string): Promise<string> {
  const answer = await fetch(`${privateUrl}/metrics`, { headers: { connection: 'close' } });
  return answer.text();
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((one, other) => one + other, 0);
}
