import { Module } from '@nestjs/common';
import { PushResendModule } from '@push-resend/nestjs';
import { Redis } from 'ioredis';
import { GreetingsModule } from './greetings.module.js';
import { HealthController } from './health.controller.js';
import { LoginGuard, type LoginRequest } from './login.guard.js';
import { PaymentsModule } from './payments.module.js';
import { RedisModule } from './redis.module.js';
import { SignInController } from './sign-in.controller.js';
import { StaffGuard, StaffModule, type StaffRequest } from './staff.module.js';
import { variable } from './variable.js';

@Module({
  imports: [
    GreetingsModule,
    PushResendModule.forRootAsync({
      imports: [RedisModule, StaffModule],
      inject: [Redis],
      useFactory: (redis: Redis) => ({
        twilio: {
          accountSid: variable('TWILIO_ACCOUNT_SID'),
          apiKeySid: variable('TWILIO_API_KEY_SID'),
          apiKeySecret: variable('TWILIO_API_KEY_SECRET'),
          serviceSid: variable('TWILIO_VERIFY_SERVICE_SID'),
          baseUrl: process.env['TWILIO_BASE_URL'],
        },
        redis,
        identityHashSecret: variable('IDENTITY_HASH_SECRET'),
        session: ({ user }: LoginRequest) => user && { identity: user.id },
        actor: ({ staff }: StaffRequest) => staff ?? 'desk',
        webhook: {
          authToken: variable('TWILIO_AUTH_TOKEN'),
          url: `${variable('PUBLIC_URL')}/api/hooks/twilio`,
        },
      }),
      routes: {
        public: { path: 'login/pushes', guards: [LoginGuard] },
        internal: { path: 'staff/pushes', guards: [StaffGuard] },
        webhook: { path: 'hooks/twilio' },
      },
    }),
    PaymentsModule,
  ],
  controllers: [SignInController, HealthController],
})
export class AppModule {}
