import type { Notices } from '@ledger/notices.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import { EventStreams } from '../events/event-streams.js';
import type { CompletedOptions } from './completed-options.js';

/** The event streams of this instance; undefined if they are disabled. */
export function eventsOf(
  { events, policy, webhook }: CompletedOptions,
  surroundings: { readonly notices: Notices; readonly metrics: Metrics; readonly log: Log },
): EventStreams | undefined {
  if (!events) return undefined;
  const { challengeCacheMs, maxChallengeAgeMs } = policy;
  return new EventStreams(surroundings, {
    ...events,
    // Without webhooks only a look learns of the user's answer, so a stream looks as often as a screen polls.
    lookMs: webhook ? events.heartbeatMs : challengeCacheMs,
    maxAgeMs: maxChallengeAgeMs,
    challengeCacheMs,
  });
}
