import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RedisConnection } from '@ledger/redis-connection.js';
import { Refusal } from '@resend/refusals.js';

/** KEYS[1] counter · ARGV[1] window, ms · reply {hits in this window, ms until it ends} */
const COUNT = `
local hits = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]))
  left = tonumber(ARGV[1])
end
return { hits, left }
`;

/** Counts taps in the ledger's Redis, for all instances: fixed windows, one round trip a count. */
export class RedisThrottlerStorage implements ThrottlerStorage {
  constructor(
    private readonly redis: RedisConnection & {
      pushResendCount?: (key: string, ttlMs: number) => Promise<[number, number]>;
    },
    private readonly keyPrefix: string,
  ) {
    redis.defineCommand('pushResendCount', { numberOfKeys: 1, lua: COUNT });
  }

  async increment(key: string, ttl: number, limit: number) {
    try {
      const counted = await this.redis.pushResendCount?.(`${this.keyPrefix}${key}`, ttl);
      if (!counted) throw new Error('the counting script is not there');
      const [totalHits, leftMs] = counted;
      const timeToExpire = Math.ceil(leftMs / 1000);
      return { totalHits, timeToExpire, isBlocked: totalHits > limit, timeToBlockExpire: timeToExpire };
    } catch (cause) {
      throw new Refusal('ledger-unavailable', { waitMs: 1000, cause });
    }
  }
}
