import type { AuditEvent, AuditTrail, AuditType } from '@audit/audit-trail.js';
import { MemoryAuditTrail } from '@audit/memory-audit-trail.js';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import type { RedisConnections } from '@redis/connections.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import type { CompletedOptions } from './completed-options.js';

/** Actions of support and operators, with their label in the metrics. */
const ADMIN_ACTIONS: Readonly<Partial<Record<AuditType, string>>> = {
  'limits.reset': 'reset',
  'block.set': 'block',
  'block.ended': 'unblock',
  'pause.set': 'pause',
  'pause.ended': 'resume',
};

interface Surroundings {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly redis: RedisConnections | undefined;
}

/** The audit trail in the ledger's Redis or in memory. Each event is also logged. */
export function auditOf(
  { audit, keyPrefix, now }: CompletedOptions,
  { metrics, log, redis }: Surroundings,
): AuditTrail {
  const options = {
    ...audit,
    onEvent: (event: AuditEvent) => {
      const action = ADMIN_ACTIONS[event.type];
      if (action !== undefined) metrics.adminActions.inc({ action });
      log.info({ ...event, event: 'audit' }, event.type);
    },
  };
  if (!redis) return new MemoryAuditTrail({ ...options, ...(now && { now }) });
  const onLost = ({ id, type }: AuditEvent, err: unknown) => {
    metrics.auditErrors.inc();
    log.error({ event: 'audit.lost', id, type, err }, 'audit event not stored; this log line is its only copy');
  };
  const onUnreadable = (place: string) =>
    log.error({ event: 'audit.unreadable', place }, 'stored audit entry is not an event; omitted from the response');
  return new RedisAuditTrail(redis.ledger, { ...options, keyPrefix, onLost, onUnreadable });
}
