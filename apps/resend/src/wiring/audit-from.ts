import type { Logger } from 'pino';
import type { AuditEvent, AuditTrail, AuditType } from '@audit/audit-trail.js';
import { MemoryAuditTrail } from '@audit/memory-audit-trail.js';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import type { Settings } from '@settings/settings.js';
import type { Metrics } from '@telemetry/metrics.js';
import type { RedisConnections } from './redis-from.js';

interface AuditSurroundings {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly redis?: RedisConnections;
  /** Clock of the in-memory trail, epoch milliseconds. */
  readonly now?: () => number;
}

/** Actions of support and operators, by their label in the metrics. */
const ADMIN_ACTIONS: Readonly<Partial<Record<AuditType, string>>> = {
  'limits.reset': 'reset',
  'block.set': 'block',
  'block.ended': 'unblock',
  'pause.set': 'pause',
  'pause.ended': 'resume',
};

/** The audit trail in the ledger's Redis, or in memory; and each event as a line in the log. */
export function auditFrom({ settings, metrics, log, redis, now }: AuditSurroundings): AuditTrail {
  const options = {
    maxEvents: settings.auditMaxEvents,
    maxEventsOfUser: settings.auditMaxEventsPerUser,
    retentionMs: settings.auditRetentionDays * 86_400_000,
    onEvent: (event: AuditEvent) => {
      const action = ADMIN_ACTIONS[event.type];
      if (action !== undefined) metrics.adminActions.inc({ action });
      log.info({ ...event, event: 'audit' }, event.type);
    },
  };
  if (!redis) return new MemoryAuditTrail({ ...options, ...(now && { now }) });
  const onLost = ({ id, type }: AuditEvent, err: unknown) => {
    metrics.auditErrors.inc();
    log.error({ event: 'audit.lost', id, type, err }, 'audit event not stored in Redis; only the log has it');
  };
  return new RedisAuditTrail(redis.ledger, { ...options, keyPrefix: settings.redisKeyPrefix, onLost });
}
