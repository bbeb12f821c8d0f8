import { setTimeout as sleep } from 'node:timers/promises';
import type { Blow } from './blows.js';
import type { BreakableRedis } from './breakable-redis.js';
import type { Instance } from './instance.js';
import type { Span } from './outside-record.js';

/** What there is to break. */
export interface Targets {
  readonly redis: BreakableRedis;
  readonly instances: readonly Instance[];
}

/** An instance that has nothing to do for so long is crashed all the same. */
const WAIT_FOR_WORK_MS = 1000;

/**
 * Deals the planned blows, those to one target one after another. Resolves when every target is whole again.
 *
 * @returns when something stood still or lost connections; a crash of an instance is neither, it is simply gone
 */
export async function deal(blows: readonly Blow[], targets: Targets): Promise<Span[]> {
  const startedAt = Date.now();
  const spans: Span[] = [];
  const lastOf = new Map<unknown, Promise<void>>();
  for (const blow of blows) {
    const target = 'instance' in blow ? targets.instances[blow.instance] : targets.redis;
    await sleep(Math.max(0, startedAt + blow.atMs - Date.now()));
    const strike = async () => {
      const from = Date.now();
      await dealOne(blow, targets);
      if (blow.kind !== 'instance-crash') spans.push({ from, to: Date.now() });
    };
    lastOf.set(target, (lastOf.get(target) ?? Promise.resolve()).then(strike));
  }
  await Promise.all(lastOf.values());
  return spans;
}

async function dealOne(blow: Blow, { redis, instances }: Targets): Promise<void> {
  switch (blow.kind) {
    case 'redis-stall':
      redis.stall();
      await sleep(blow.forMs);
      return redis.goOn();
    case 'redis-swallow':
      redis.swallowReplies();
      await sleep(blow.forMs);
      return redis.healReplies();
    case 'redis-slow':
      redis.delayReplies(blow.byMs);
      await sleep(blow.forMs);
      return redis.delayReplies(0);
    case 'redis-reset':
      return redis.resetConnections();
    case 'redis-crash':
      return redis.crash();
    case 'instance-crash': {
      const instance = instances[blow.instance];
      const latest = Date.now() + WAIT_FOR_WORK_MS;
      while (!instance?.isBusyFor(blow.midwayMs) && Date.now() < latest) await sleep(5);
      await instance?.crash();
      return instance?.start();
    }
    case 'instance-pause':
      instances[blow.instance]?.pause();
      await sleep(blow.forMs);
      return instances[blow.instance]?.resume();
    default:
      return blow satisfies never;
  }
}
