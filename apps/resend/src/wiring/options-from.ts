import type { PushResendOptions } from '@nest/options.js';
import type { Surroundings } from '../surroundings.js';
import { consumersFrom } from './consumers-from.js';
import { mustBeSafe } from './redis-start.js';
import { sessionFrom } from './sessions-from.js';
import { twilioFrom, webhookFrom } from './twilio-from.js';

/** Converts settings to the module's options: settings are in seconds or days where practical, options in milliseconds. */
export function optionsFrom(surroundings: Surroundings): PushResendOptions {
  const { settings, log, metrics, redis, tracing, now } = surroundings;
  const { publicUrl } = settings;
  return {
    twilio: twilioFrom(surroundings),
    checksTwilioAtStart: settings.twilioStartCheck,
    redis: redis ?? 'memory',
    refusesUnsafeRedis: mustBeSafe(settings),
    redisPersistence: settings.redisPersistence,
    session: sessionFrom(settings),
    ...(settings.identityHashSecret !== undefined && { identityHashSecret: settings.identityHashSecret }),
    keyPrefix: settings.redisKeyPrefix,
    proxies: { httpsProxy: settings.httpsProxy, httpProxy: settings.httpProxy, noProxy: settings.noProxy },
    policy: {
      cooldownsMs: settings.resendCooldownSeconds.map((seconds) => seconds * 1000),
      maxPerChallenge: settings.resendMaxPerChallenge,
      userLimits: settings.resendUserLimits,
      denyHoldMs: settings.resendDenyHoldSeconds * 1000,
      coalesceMs: settings.resendCoalesceSeconds * 1000,
      leaseMs: settings.resendLeaseSeconds * 1000,
      maxChallengeAgeMs: settings.resendMaxChallengeAgeSeconds * 1000,
      challengeCacheMs: settings.challengeCacheSeconds * 1000,
    },
    deadlines: {
      fetchMs: settings.twilioFetchDeadlineMs,
      createMs: settings.twilioCreateDeadlineMs,
      dispatchToSendMs: settings.resendDispatchToSendMs,
    },
    capacity: {
      maxConcurrent: settings.twilioMaxConcurrent,
      queue: { limit: settings.twilioQueueLimit, waitMs: settings.twilioQueueWaitMs },
      breaker: { failures: settings.twilioBreakerFailures, openMs: settings.twilioBreakerOpenMs },
    },
    tapLimits: {
      sessionPerMinute: settings.throttleSessionPerMinute,
      addressPerMinute: settings.throttleAddressPerMinute,
    },
    events: settings.events && {
      maxStreams: settings.eventsMaxStreams,
      maxStreamsPerSession: settings.eventsMaxStreamsPerSession,
      heartbeatMs: settings.eventsHeartbeatSeconds * 1000,
    },
    ...webhookFrom(surroundings),
    origins: {
      ...(publicUrl !== undefined && { own: new URL(publicUrl).origin }),
      others: settings.corsOrigins,
    },
    consumers: consumersFrom(settings),
    audit: {
      maxEvents: settings.auditMaxEvents,
      maxEventsOfUser: settings.auditMaxEventsPerUser,
      retentionMs: settings.auditRetentionDays * 86_400_000,
    },
    problemBaseUri: settings.problemBaseUri,
    logger: log,
    metrics,
    ...(tracing && { tracing }),
    ...(now && { now }),
  };
}
