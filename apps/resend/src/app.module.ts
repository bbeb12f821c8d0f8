import { randomBytes } from 'node:crypto';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { identityHasher } from '@ledger/identity-hash.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { connectLedger } from '@ledger/redis-connection.js';
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
import { sessionTracker } from './public/tap-throttler.guard.js';
import { RESEND_POLICY } from './tokens.js';

/** What is there before the application: everything else is made here. */
export interface Surroundings {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly drain: Drain;
  /** Connections to Redis: one for the ledger and the taps, one for sessions. Absent: this process's memory. */
  readonly redis?: { readonly ledger: Redis; readonly sessions: Redis };
  /** The in-process ledger's clock, epoch milliseconds. */
  readonly now?: () => number;
}

/** Opens the connections that the settings ask for. */
export function connectRedis({ redisUrl, redisCommandTimeoutMs }: Settings): Surroundings['redis'] {
  if (redisUrl === '') return undefined;
  const connect = () => connectLedger(redisUrl, { commandTimeoutMs: redisCommandTimeoutMs });
  return { ledger: connect(), sessions: connect() };
}

/** The composition root: each port gets its adapter here and nowhere else. */
@Module({})
export class AppModule {
  static with({ settings, metrics, log, drain, redis, now }: Surroundings): DynamicModule {
    const policy = policyFrom(settings);
    const deadlines = deadlinesFrom(settings);
    const observer = new Observer(metrics, log);
    const hashOf = identityHasher(settings.identityHashSecret || randomBytes(32).toString('hex'));
    const keyPrefix = settings.redisKeyPrefix;

    const ledger = redis
      ? new RedisLedger(redis.ledger, { policy, hashOf, keyPrefix, onCall: observer.ledgerCalled })
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
      onCall: observer.twilioCalled,
    });
    const apiKeys = new ApiKeys(settings.internalApiKeysFile, (err) =>
      log.error(
        { event: 'api-keys.unreadable', err },
        'INTERNAL_API_KEYS_FILE can not be used; the keys read before stay valid',
      ),
    );

    const providers: Provider[] = [
      { provide: Ledger, useValue: ledger },
      { provide: SessionDirectory, useValue: sessions },
      { provide: TokenSessions, useValue: sessions },
      { provide: VerifyGateway, useValue: verify },
      { provide: ResendService, useFactory: () => new ResendService(ledger, verify, policy, deadlines) },
      { provide: ApiKeys, useValue: apiKeys },
      { provide: Metrics, useValue: metrics },
      { provide: Readiness, useValue: new Readiness(redis?.ledger) },
      { provide: Drain, useValue: drain },
      { provide: RESEND_POLICY, useValue: policy },
    ];
    const throttler = ThrottlerModule.forRoot({
      setHeaders: false,
      throttlers: [
        { name: 'session', limit: settings.throttleSessionPerMinute, ttl: 60_000, getTracker: sessionTracker },
        { name: 'address', limit: settings.throttleAddressPerMinute, ttl: 60_000 },
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
