import { Module } from '@nestjs/common';
import { PushResendModule } from '@push-resend/nestjs';
import { Redis } from 'ioredis';
import { LoginGuard, type LoginRequest } from './login.guard.js';
import { RedisModule } from './redis.module.js';
import { variable } from './variable.js';

/** Payments are approved by a Verify Service of their own, with limits of their own. */
@Module({
  imports: [
    PushResendModule.forRootAsync({
      imports: [RedisModule],
      inject: [Redis],
      useFactory: (redis: Redis) => ({
        twilio: {
          accountSid: variable('TWILIO_ACCOUNT_SID'),
          apiKeySid: variable('TWILIO_API_KEY_SID'),
          apiKeySecret: variable('TWILIO_API_KEY_SECRET'),
          serviceSid: variable('TWILIO_PAYMENTS_SERVICE_SID'),
          baseUrl: process.env['TWILIO_BASE_URL'],
        },
        redis,
        identityHashSecret: variable('IDENTITY_HASH_SECRET'),
        session: ({ user }: LoginRequest) => user && { identity: user.id },
        policy: { maxPerChallenge: 1 },
      }),
      routes: { public: { path: 'payments/pushes', guards: [LoginGuard] } },
    }),
  ],
})
export class PaymentsModule {}
