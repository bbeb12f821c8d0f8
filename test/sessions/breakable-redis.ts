import { connectSessions, type RedisConnection } from '@redis/connection.js';
import { endpointOf } from '@redis/endpoint.js';
import { startProxy } from '../redis/tcp-proxy.js';
import { redisUrl } from '../support/redis.js';
import type { Trouble } from './session-contract.js';

/** The service's own connection for sessions, to the Redis of this test run, which can be taken away. */
export async function breakableRedis(): Promise<{
  readonly redis: RedisConnection;
  readonly trouble: Trouble;
  close(): Promise<void>;
}> {
  const proxy = await startProxy(Number(new URL(redisUrl()).port || 6379));
  const redis = connectSessions(endpointOf(`redis://127.0.0.1:${proxy.port}`), { commandTimeoutMs: 1000 });
  redis.on('error', () => undefined);
  await redis.connect();
  return {
    redis,
    trouble: {
      goDown: () => {
        proxy.hold('requests');
        proxy.reset();
      },
      hang: () => proxy.hold('replies'),
      comeBack: () => {
        proxy.hold('nothing');
        proxy.reset();
      },
    },
    close: async () => {
      redis.disconnect();
      await proxy.close();
    },
  };
}
