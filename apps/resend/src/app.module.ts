import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import type { Logger } from 'pino';
import { identityHasher } from '@ledger/identity-hash.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import { Ledger, SessionDirectory, VerifyGateway } from '@resend/ports.js';
import { ResendService } from '@resend/resend.service.js';
import { MemorySessionStore, RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import type { Settings } from '@settings/settings.js';
import { Metrics } from '@telemetry/metrics.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import { ApiKeys } from './internal/api-keys.js';
import { SessionsController } from './internal/sessions.controller.js';
import { Observer } from './observer.js';
import { Drain } from './ops/drain.js';
import { OpsController } from './ops/ops.controller.js';
import { Readiness } from './ops/readiness.js';
import { deadlinesFrom, policyFrom } from './policies.js';
import { ChallengesController } from './public/challenges.controller.js';
import { RedisThrottlerStorage } from './public/redis-throttler-storage.js';
import { hasNoSession, limitPerMinute, sessionTracker } from './public/tap-throttler.guard.js';
import { mustBeSafe } from './redis-start.js';
import type { RedisConnections } from './redis-from.js';
import { RESEND_POLICY } from './tokens.js';

/** What is there before the application: everything else is made here. */
export interface Surroundings {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly drain: Drain;
  /** Absent: this process's memory. */
  readonly redis?: RedisConnections;
  /** The in-process ledger's clock, epoch milliseconds. */
  readonly now?: () => number;
}

/** The composition root: each port gets its adapter here and nowhere else. */
@Module({})
export class AppModule {
  static with({ settings, metrics, log, drain, redis, now }: Surroundings): DynamicModule {
    const policy = policyFrom(settings);
    const deadlines = deadlinesFrom(settings);
    const observer = new Observer(metrics, log);
    const hashOf = identityHasher(settings.identityHashSecret);
    const keyPrefix = settings.redisKeyPrefix;

    const ledger = redis
      ? new RedisLedger(redis.ledger, {
          policy,
          hashOf,
          keyPrefix,
          ...(redis.replicas && { replicas: redis.replicas }),
          onCall: observer.ledgerCalled,
        })
      : new InProcessLedger(policy, now, observer.ledgerCalled);
    const sessions = new TokenSessions(
      redis ? new RedisSessionStore(redis.sessions, keyPrefix) : new MemorySessionStore(),
    );
    const verify = new TwilioVerifyGateway({
      accountSid: settings.twilioAccountSid,
      apiKeySid: settings.twilioApiKeySid,
      apiKeySecret: settings.twilioApiKeySecret,
      serviceSid: settings.twilioVerifyServiceSid,
      ...(settings.twilioBaseUrl !== '' && { baseUrl: settings.twilioBaseUrl }),
      deadlines,
      maxConcurrent: settings.twilioMaxConcurrent,
      queue: { limit: settings.twilioQueueLimit, waitMs: settings.twilioQueueWaitMs },
      breaker: {
        failures: settings.twilioBreakerFailures,
        openMs: settings.twilioBreakerOpenMs,
        onChange: observer.breakerChanged,
      },
      onCall: observer.twilioCalled,
    });
    const apiKeys = new ApiKeys(settings.internalApiKeysFile, (err) =>
      log.error(
        { event: 'api-keys.unreadable', err },
        'INTERNAL_API_KEYS_FILE can not be used; the keys read before stay valid',
      ),
    );

    const readiness = new Readiness(redis, {
      mustBeSafe: mustBeSafe(settings),
      onDangers: (dangers) =>
        dangers.length === 0
          ? log.info({ event: 'redis.safe' }, 'nothing makes this Redis forget resends any more')
          : log.error({ event: 'redis.unsafe', dangers }, 'this Redis may forget resends: not ready while it does'),
    });

    const providers: Provider[] = [
      { provide: Ledger, useValue: ledger },
      { provide: SessionDirectory, useValue: sessions },
      { provide: TokenSessions, useValue: sessions },
      { provide: TwilioVerifyGateway, useValue: verify },
      { provide: VerifyGateway, useExisting: TwilioVerifyGateway },
      { provide: ResendService, useFactory: () => new ResendService(ledger, verify, policy, deadlines) },
      { provide: ApiKeys, useValue: apiKeys },
      { provide: Metrics, useValue: metrics },
      { provide: Readiness, useValue: readiness },
      { provide: Drain, useValue: drain },
      { provide: RESEND_POLICY, useValue: policy },
    ];
    const throttler = ThrottlerModule.forRoot({
      setHeaders: false,
      throttlers: [
        // First: who is refused here makes no count for the credential, which could be a new one each time.
        { name: 'address', limit: limitPerMinute(settings.throttleAddressPerMinute), ttl: 60_000 },
        {
          name: 'session',
          limit: limitPerMinute(settings.throttleSessionPerMinute),
          ttl: 60_000,
          getTracker: sessionTracker,
          skipIf: hasNoSession,
        },
      ],
      ...(redis && { storage: new RedisThrottlerStorage(redis.ledger, keyPrefix) }),
    });
    return {
      module: AppModule,
      imports: [throttler],
      controllers: [ChallengesController, SessionsController, OpsController],
      providers,
    };
  }
}
