import type { AuditEvent, AuditOptions, AuditTrail } from '@audit/audit-trail.js';
import { MemoryAuditTrail } from '@audit/memory-audit-trail.js';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import { connectLedger } from '@redis/connection.js';
import { ownCorner, redisUrl } from '../support/redis.js';

export const RETENTION_MS = 30 * 86_400_000;

/** An audit trail, and what a test needs around it. */
export interface OpenTrail extends AsyncDisposable {
  readonly trail: AuditTrail;
  /** Moves the clock of whoever reads. */
  readonly pass: (ms: number) => void;
  /** Everything that was recorded before is kept now. */
  readonly settled: () => Promise<void>;
}

export type Caps = Partial<Pick<AuditOptions, 'maxEvents' | 'maxEventsOfUser'>>;

export async function openMemory(caps: Caps = {}): Promise<OpenTrail> {
  let now = Date.now();
  const options = { maxEvents: 1000, maxEventsOfUser: 200, retentionMs: RETENTION_MS, ...caps };
  return {
    trail: new MemoryAuditTrail({ ...options, now: () => now }),
    pass: (ms) => void (now += ms),
    settled: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export interface OpenRedisTrail extends OpenTrail {
  readonly trail: RedisAuditTrail;
  readonly redis: ReturnType<typeof connectLedger>;
  readonly keyPrefix: string;
  readonly keys: () => Promise<string[]>;
  readonly lost: { readonly event: AuditEvent; readonly error: unknown }[];
  /** The places of entries that are not events. */
  readonly unreadable: string[];
}

/** Redis has a clock of its own; the test's is that of the instance that reads. */
export async function openRedis(caps: Caps = {}): Promise<OpenRedisTrail> {
  let passedMs = 0;
  const { redis: onlooker, keyPrefix, keys } = ownCorner();
  const redis = connectLedger(redisUrl(), { commandTimeoutMs: 2000 });
  await redis.connect();
  const lost: OpenRedisTrail['lost'] = [];
  const unreadable: string[] = [];
  const trail = new RedisAuditTrail(redis, {
    maxEvents: 1000,
    maxEventsOfUser: 200,
    retentionMs: RETENTION_MS,
    keyPrefix,
    now: () => Date.now() + passedMs,
    onLost: (event, error) => void lost.push({ event, error }),
    onUnreadable: (place) => void unreadable.push(place),
    ...caps,
  });
  return {
    trail,
    redis,
    keyPrefix,
    keys,
    lost,
    unreadable,
    pass: (ms) => void (passedMs += ms),
    settled: () => trail.flush(),
    [Symbol.asyncDispose]: async () => {
      const names = await keys();
      if (names.length > 0) await onlooker.unlink(...names);
      onlooker.disconnect();
      redis.disconnect();
    },
  };
}
