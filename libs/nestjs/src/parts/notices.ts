import { MemoryNotices, type Notices } from '@ledger/notices.js';
import { RedisNotices } from '@ledger/redis-notices.js';
import type { RedisConnections } from '@redis/connections.js';
import type { Log } from '@telemetry/log.js';
import { watch } from '../lifecycle/redis-watch.js';
import type { CompletedOptions } from './completed-options.js';

const REFUSED = {
  subscribe: 'Redis refuses to subscribe: event streams will lag; grant its user the rights in docs/operating.md',
  publish: 'Redis refuses to publish: event streams will lag; grant its user the rights in docs/operating.md',
};

/** Notices over Redis or within this process. @returns undefined if event streams are disabled */
export function noticesOf(
  { events, keyPrefix }: CompletedOptions,
  { log, redis }: { readonly log: Log; readonly redis: RedisConnections | undefined },
): Notices | undefined {
  if (!events) return undefined;
  if (!redis) return new MemoryNotices();
  return new RedisNotices(redis.ledger, {
    keyPrefix,
    onSubscriber: (subscriber) => watch(subscriber, 'events', log),
    onRefused: (command, err) => log.error({ event: 'notices.refused', command, err }, REFUSED[command]),
    onAccepted: (command) => log.info({ event: 'notices.accepted', command }, `Redis accepts ${command} again`),
  });
}
