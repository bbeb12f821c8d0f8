import { randomBytes } from 'node:crypto';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import type { Logger } from 'pino';
import { AuditTrail } from '@audit/audit-trail.js';
import { AuditedLedgers } from '@audit/audited-ledger.js';
import { identityHasher } from '@ledger/identity-hash.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import type { LedgerCall } from '@ledger/ledger-call.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import { MemoryPause, RedisPause } from '@ledger/pause.js';
import { Ledgers, Pause, SessionDirectory, VerifyGateway } from '@resend/ports.js';
import { ResendService } from '@resend/resend.service.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import type { Settings } from '@settings/settings.js';
import { Metrics } from '@telemetry/metrics.js';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import { MemoryUsersAtLimit, RedisUsersAtLimit } from '@telemetry/users-at-limit.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import { windowName } from '@nest/answers/standing-body.js';
import { auditFrom } from './wiring/audit-from.js';
import { AuditEventsController } from '@nest/internal/audit-events.controller.js';
import { Consumers } from '@nest/internal/consumers.js';
import { consumersFrom } from './wiring/consumers-from.js';
import { DryRun } from '@nest/internal/dry-run.js';
import { LimitsController } from '@nest/internal/limits.controller.js';
import { NotificationsController } from '@nest/internal/notifications.controller.js';
import { PauseController } from '@nest/internal/pause.controller.js';
import { ResendStateController } from '@nest/internal/resend-state.controller.js';
import { SessionsController } from '@nest/internal/sessions.controller.js';
import { Observer } from '@nest/observing/call-metrics.js';
import type { ApiDocs } from './ops/api-docs.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { OpsController } from './ops/ops.controller.js';
import { Readiness } from '@nest/lifecycle/readiness.js';
import { ScrapedGauges } from '@nest/observing/scraped-gauges.js';
import { OutcomeObserver } from '@nest/observing/outcome-metrics.js';
import { deadlinesFrom, policyFrom } from './wiring/policies.js';
import { ChallengesController } from '@nest/public/challenges.controller.js';
import { RedisThrottlerStorage } from '@nest/throttling/redis-storage.js';
import { SessionCredential } from '@nest/public/session-credential.js';
import { hasNoSession, limitPerMinute, sessionTracker } from '@nest/throttling/tap-throttler.guard.js';
import { MemoryThrottlerStorage } from '@nest/throttling/storage.js';
import { TrustedOrigins } from '@nest/public/trusted-origins.js';
import { mustBeSafe } from './wiring/redis-start.js';
import type { RedisConnections } from './wiring/redis-from.js';
import { credentialFrom, sessionsFrom } from './wiring/sessions-from.js';
import { HASH_OF, RESEND_POLICY } from '@nest/tokens.js';

/** What is there before the application: everything else is made here. */
export interface Surroundings {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly drain: Drain;
  /** Absent: this process's memory. */
  readonly redis?: RedisConnections;
  /** Given: requests are traced. */
  readonly tracing?: Tracing;
  /** Given: served at `/docs`. */
  readonly docs?: ApiDocs;
  /** The in-process ledger's clock, epoch milliseconds. */
  readonly now?: () => number;
}

/** The composition root: each port gets its adapter here and nowhere else. */
@Module({})
export class AppModule {
  static with({ settings, metrics, log, drain, redis, tracing, now }: Surroundings): DynamicModule {
    const policy = policyFrom(settings);
    const deadlines = deadlinesFrom(settings);
    const observer = new Observer(metrics, log);
    // Without a secret nothing outlives the process, and nobody can tell the users behind its hashes.
    const hashOf = identityHasher(settings.identityHashSecret ?? randomBytes(32).toString('base64url'));
    const keyPrefix = settings.redisKeyPrefix;
    const usersAtLimit = redis ? new RedisUsersAtLimit(redis.ledger, keyPrefix) : new MemoryUsersAtLimit(now);
    const outcomes = new OutcomeObserver(metrics, usersAtLimit, log);
    const onCall = (call: LedgerCall) => {
      observer.ledgerCalled(call);
      outcomes.ledgerCalled(call);
    };

    const audit = auditFrom({ settings, metrics, log, ...(redis && { redis }), ...(now && { now }) });
    const plainLedger = redis
      ? new RedisLedger(redis.ledger, {
          policy,
          hashOf,
          keyPrefix,
          ...(redis.replicas && { replicas: redis.replicas }),
          onCall,
        })
      : new InProcessLedger(policy, now, onCall, hashOf);
    const clock = redis || !now ? {} : { now };
    const tracedLedger = tracing?.ledger(plainLedger, redis ? 'redis' : 'memory') ?? plainLedger;
    const ledgers = new AuditedLedgers(tracedLedger, { audit, hashOf, nameOf: windowName, ...clock });
    const sessions = sessionsFrom(settings, redis, log);
    const credential = credentialFrom(settings);
    // Only tokens of our own are registered with us; with any other strategy there is no such path.
    const tokens = sessions instanceof TokenSessions ? sessions : undefined;
    const pause = redis ? new RedisPause(redis.ledger, keyPrefix) : new MemoryPause(now);
    const verify = new TwilioVerifyGateway({
      accountSid: settings.twilioAccountSid,
      username: settings.twilioApiKeySid,
      password: settings.twilioApiKeySecret,
      serviceSid: settings.twilioVerifyServiceSid,
      ...(settings.twilioBaseUrl !== undefined && { baseUrl: settings.twilioBaseUrl }),
      deadlines,
      maxConcurrent: settings.twilioMaxConcurrent,
      queue: { limit: settings.twilioQueueLimit, waitMs: settings.twilioQueueWaitMs },
      breaker: {
        failures: settings.twilioBreakerFailures,
        openMs: settings.twilioBreakerOpenMs,
        onChange: observer.breakerChanged,
      },
      ...(tracing && { headers: tracing.headers }),
      onCall: observer.twilioCalled,
    });
    const gateway = tracing?.gateway(verify) ?? verify;
    const readiness = new Readiness(redis, {
      mustBeSafe: mustBeSafe(settings),
      onDangers: (dangers) =>
        dangers.length === 0
          ? log.info({ event: 'redis.safe' }, 'nothing makes this Redis forget resends any more')
          : log.error({ event: 'redis.unsafe', dangers }, 'this Redis may forget resends: not ready while it does'),
    });

    const providers: Provider[] = [
      { provide: Ledgers, useValue: ledgers },
      { provide: SessionDirectory, useValue: sessions },
      { provide: SessionCredential, useValue: credential },
      { provide: TokenSessions, useValue: tokens },
      { provide: TrustedOrigins, useValue: new TrustedOrigins(settings) },
      { provide: TwilioVerifyGateway, useValue: verify },
      { provide: VerifyGateway, useValue: gateway },
      { provide: ResendService, useFactory: () => new ResendService(ledgers, gateway, policy, deadlines, pause) },
      { provide: Pause, useValue: pause },
      { provide: AuditTrail, useValue: audit },
      { provide: Consumers, useValue: consumersFrom(settings, log) },
      DryRun,
      { provide: Metrics, useValue: metrics },
      { provide: Readiness, useValue: readiness },
      {
        provide: ScrapedGauges,
        useValue: new ScrapedGauges(metrics, { readiness, drain, pause, usersAtLimit }),
      },
      { provide: Drain, useValue: drain },
      { provide: RESEND_POLICY, useValue: policy },
      { provide: HASH_OF, useValue: hashOf },
    ];
    const throttler = ThrottlerModule.forRoot({
      setHeaders: false,
      throttlers: [
        // First: an address that is over its limit makes no counts for credentials, which could be new ones each time.
        { name: 'address', limit: limitPerMinute(settings.throttleAddressPerMinute), ttl: 60_000 },
        {
          name: 'session',
          limit: limitPerMinute(settings.throttleSessionPerMinute),
          ttl: 60_000,
          getTracker: sessionTracker(credential),
          skipIf: hasNoSession(credential),
        },
      ],
      storage: redis ? new RedisThrottlerStorage(redis.ledger, keyPrefix) : new MemoryThrottlerStorage(),
    });
    return {
      module: AppModule,
      imports: [throttler],
      controllers: [
        ChallengesController,
        ...(tokens ? [SessionsController] : []),
        NotificationsController,
        ResendStateController,
        LimitsController,
        AuditEventsController,
        PauseController,
        OpsController,
      ],
      providers,
    };
  }
}
