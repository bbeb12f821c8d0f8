import { randomBytes } from 'node:crypto';
import { AuditedLedgers } from '@audit/audited-ledger.js';
import type { AuditTrail } from '@audit/audit-trail.js';
import { Fingerprint } from '@ledger/fingerprint.js';
import { identityHasher } from '@ledger/identity-hash.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { changesStanding } from '@ledger/changes-standing.js';
import type { LedgerCall } from '@ledger/ledger-call.js';
import { MemoryPause, RedisPause } from '@ledger/pause.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import type { RedisConnections } from '@redis/connections.js';
import { haveSameAccess } from '@redis/same-access.js';
import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { Ledger, Ledgers, Pause } from '@resend/ports.js';
import { ResendService } from '@resend/resend.service.js';
import type { TokenSessions } from '@sessions/token-sessions.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import type { CallTracing } from '@telemetry/tracing/tracing.js';
import { MemoryUsersAtLimit, RedisUsersAtLimit } from '@telemetry/users-at-limit.js';
import { windowName } from '../answers/standing-body.js';
import type { Consumers } from '../internal/consumers.js';
import { EventStreams } from '../events/event-streams.js';
import { Agreement } from '../lifecycle/agreement.js';
import { Drain } from '../lifecycle/drain.js';
import { Readiness } from '../lifecycle/readiness.js';
import { CallMetrics } from '../observing/call-metrics.js';
import { OutcomeMetrics } from '../observing/outcome-metrics.js';
import { readAtScrape } from '../observing/scraped-gauges.js';
import type { PushResendOptions } from '../options.js';
import { Front } from '../public/front.js';
import type { SessionSource } from '../public/session-source.js';
import { TrustedOrigins } from '../public/trusted-origins.js';
import { RedisThrottlerStorage } from '../throttling/redis-storage.js';
import { MemoryThrottlerStorage, type TapStorage } from '../throttling/storage.js';
import type { TapLimits } from '../throttling/tap-limits.js';
import type { HashOf } from '../tokens.js';
import type { WebhookOptions } from '../webhook/webhook.controller.js';
import type { VerifyServiceSids } from '../webhook/webhook-event.js';
import { auditOf } from './audit.js';
import { checkedOptions } from './checked-options.js';
import type { CompletedOptions } from './completed-options.js';
import { consumersOf } from './consumers.js';
import { gatewayOf } from './gateway.js';
import { eventsOf } from './events.js';
import { noticesOf } from './notices.js';
import { logOf, metricsOf, tracingOf, unregister } from './observability.js';
import { redisOf } from './redis.js';
import { sessionsOf } from './sessions.js';

/** All parts of one module, wired once. Only here does each port get its adapter. */
export abstract class Parts {
  abstract readonly resends: ResendService;
  abstract readonly ledger: Ledger;
  abstract readonly ledgers: Ledgers;
  abstract readonly pause: Pause;
  abstract readonly audit: AuditTrail;
  abstract readonly sessions: SessionSource;
  /** Registers sessions; only with the strategy `token`. */
  abstract readonly tokenSessions: TokenSessions | undefined;
  abstract readonly consumers: Consumers;
  abstract readonly origins: TrustedOrigins;
  abstract readonly tapLimits: TapLimits;
  abstract readonly tapStorage: TapStorage;
  abstract readonly front: Front;
  abstract readonly policy: ResendPolicy;
  abstract readonly deadlines: Deadlines;
  abstract readonly hashOf: HashOf;
  abstract readonly webhook: (WebhookOptions & VerifyServiceSids) | undefined;
  abstract readonly problemBaseUri: string;
  abstract readonly metrics: Metrics;
  abstract readonly log: Log;
  abstract readonly drain: Drain;
  /** Undefined: switched off. */
  abstract readonly events: EventStreams | undefined;
  abstract readonly readiness: Readiness;
  /** With the option `checksTwilioAtStart`: asks Twilio whether it accepts the credentials. Never rejects. */
  abstract checkTwilio(): Promise<void>;
  /** Closes the sockets to Twilio and the Redis connections opened here, and removes the metrics from the host's registry. */
  abstract close(): Promise<void>;
}

/** @throws PushResendOptionsError listing every invalid option */
export async function partsOf(given: PushResendOptions): Promise<Parts> {
  const options = checkedOptions(given);
  const log = logOf(options.logger);
  const tracing = await tracingOf(options.tracing);
  const metrics = metricsOf(options.metrics);
  let redis: Foundations['redis'];
  try {
    redis = await redisOf(options, log);
    return wired(options, { log, metrics, tracing, redis });
  } catch (error) {
    // Open connections would keep a process alive after its start has failed.
    redis?.close();
    unregister(options.metrics);
    throw error;
  }
}

/** How often an instance checks by itself whether it is ready, in milliseconds. */
const CHECK_EVERY_MS = 15_000;

interface Foundations {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: CallTracing | undefined;
  readonly redis: (RedisConnections & { readonly close: () => void }) | undefined;
}

function wired(options: CompletedOptions, { log, metrics, tracing, redis }: Foundations): Parts {
  const { policy, deadlines, keyPrefix, now } = options;
  // Without a configured secret the state is in memory only, so a random one is enough.
  const hashSecret = options.identityHashSecret ?? randomBytes(32).toString('base64url');
  const hashOf = identityHasher(hashSecret);

  // First what may throw, before anything is opened or started that only `close` ends.
  const { sessions, tokenSessions } = sessionsOf(options, { redis, log });
  const consumers = consumersOf(options, log);
  const notices = noticesOf(options, { log, redis });
  const usersAtLimit = redis ? new RedisUsersAtLimit(redis.ledger, keyPrefix) : new MemoryUsersAtLimit(now);
  const callMetrics = new CallMetrics(metrics, log);
  const outcomeMetrics = new OutcomeMetrics(metrics, usersAtLimit, log);
  const onCall = (call: LedgerCall) => {
    callMetrics.ledgerCalled(call);
    outcomeMetrics.ledgerCalled(call);
    if (changesStanding(call)) notices?.publish(call.user);
  };
  const plain = redis
    ? new RedisLedger(redis.ledger, { policy, hashOf, keyPrefix, ...replicasOf(redis), onCall })
    : new InProcessLedger(policy, now, onCall, hashOf);
  const ledger = tracing?.ledger(plain, redis ? 'redis' : 'memory') ?? plain;
  const audit = auditOf(options, { metrics, log, redis });
  const clock = redis || !now ? {} : { now };
  const ledgers = new AuditedLedgers(ledger, { audit, hashOf, nameOf: windowName, ...clock });
  const pause = redis ? new RedisPause(redis.ledger, keyPrefix) : new MemoryPause(now);

  const { gateway, check: checkTwilio, close: closeGateway } = gatewayOf(options, { callMetrics, tracing });
  const inRedis = redis && new RedisThrottlerStorage(redis.ledger, keyPrefix);
  const tapStorage = inRedis ?? new MemoryThrottlerStorage();
  const isOneServer = redis !== undefined && haveSameAccess(redis.ledger, redis.sessions);
  const front = new Front({
    storage: tapStorage,
    pause,
    areSessionsStored: sessions.isStored,
    ...(inRedis && isOneServer && { oneScript: inRedis }),
  });
  const events = notices && eventsOf(options, { notices, metrics, log });
  const drain = new Drain(() => events?.close());
  const isPaused = async () => (await pause.current()) !== undefined;
  const fingerprint = redis && new Fingerprint(redis.ledger, { keyPrefix, hashSecret, policy, isPaused });
  const readiness = new Readiness(redis, drain, log, {
    mustBeSafe: options.refusesUnsafeRedis === true,
    isPersistenceTrusted: options.redisPersistence === 'trusted',
    ...(fingerprint && { agreement: new Agreement(fingerprint, metrics, log) }),
  });
  const resends = new ResendService(ledgers, gateway, policy, deadlines, pause);
  readAtScrape(metrics, { readiness, pause, usersAtLimit });

  // Whether or not anybody asks: instances that differ, or a Redis that takes no writes, are found out and logged.
  const checkRedis = () => void readiness.now();
  const checks = redis && setInterval(checkRedis, CHECK_EVERY_MS).unref();
  if (redis) checkRedis();

  return {
    resends,
    ledger,
    ledgers,
    pause,
    audit,
    sessions,
    tokenSessions,
    consumers,
    origins: new TrustedOrigins(options.origins?.own, options.origins?.others),
    tapLimits: options.tapLimits,
    tapStorage,
    front,
    policy,
    deadlines,
    hashOf,
    webhook: webhookOf(options),
    problemBaseUri: options.problemBaseUri,
    metrics,
    log,
    drain,
    events,
    readiness,
    checkTwilio: options.checksTwilioAtStart === true ? checkTwilio : () => Promise.resolve(),
    close: async () => {
      clearInterval(checks);
      events?.close();
      notices?.close();
      await audit.flush();
      await closeGateway();
      redis?.close();
      unregister(options.metrics);
    },
  };
}

function replicasOf({ replicas }: RedisConnections) {
  return replicas ? { replicas } : {};
}

/** Events must be about the account and the Verify Service of the credentials, or of a gateway that names them. */
function webhookOf({ webhook, twilio }: CompletedOptions): Parts['webhook'] {
  const { accountSid, serviceSid } = twilio as Partial<VerifyServiceSids>;
  if (!webhook || accountSid === undefined || serviceSid === undefined) return undefined;
  return { ...webhook, accountSid, serviceSid };
}
