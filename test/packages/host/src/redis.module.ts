import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { variable } from './variable.js';

const client = {
  provide: Redis,
  useFactory: () => new Redis(variable('REDIS_URL'), { keyPrefix: variable('REDIS_KEY_PREFIX') }),
};

/** The application's own Redis client. */
@Module({ providers: [client], exports: [client] })
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(Redis) private readonly redis: Redis) {}

  async onApplicationShutdown(): Promise<void> {
    await this.redis.quit();
  }
}
