import { readFileSync } from 'node:fs';
import type { Ledger } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { connectLedger } from '@redis/connection.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import { ownCorner, redisUrl } from './redis.js';

/** The settings' defaults. */
export const POLICY: ResendPolicy = {
  cooldownsMs: [30_000, 60_000],
  maxPerChallenge: 2,
  userLimits: [
    { limit: 10, windowMs: 24 * 3_600_000 },
    { limit: 5, windowMs: 15 * 60_000 },
  ],
  denyHoldMs: 600_000,
  coalesceMs: 2000,
  leaseMs: 10_000,
  maxChallengeAgeMs: 600_000,
  challengeCacheMs: 2000,
};

/** Epoch milliseconds, moved by nothing but the test. */
export class TestClock {
  now = Date.UTC(2026, 2, 2, 10, 0, 0);

  pass(ms: number): void {
    this.now += ms;
  }
}

/** The script of production. */
export const LEDGER_SCRIPT = readFileSync(new URL('../../libs/ledger/src/ledger.lua', import.meta.url), 'utf8');

export interface LedgerOnTestClock extends AsyncDisposable {
  readonly ledger: Ledger;
  readonly clock: TestClock;
  readonly policy: ResendPolicy;
  /** All that is stored of anybody, byte for byte. */
  readonly stored: () => Promise<string>;
}

export function openInProcess(
  policy: ResendPolicy = POLICY,
): Promise<LedgerOnTestClock & { readonly ledger: InProcessLedger }> {
  const clock = new TestClock();
  const ledger = new InProcessLedger(policy, () => clock.now);
  return Promise.resolve({
    ledger,
    clock,
    policy,
    stored: () => Promise.resolve(JSON.stringify([...ledger['users']].toSorted(([a], [b]) => (a < b ? -1 : 1)))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

export interface RedisLedgerOnTestClock extends LedgerOnTestClock {
  /** The connection it speaks over, so that a test can look at what is stored. */
  readonly redis: ReturnType<typeof connectLedger>;
  /** Every key of every user. */
  readonly keys: () => Promise<string[]>;
}

/** @param lua the script, or a broken version of it */
export async function openInRedis(
  policy: ResendPolicy = POLICY,
  lua: string = LEDGER_SCRIPT,
): Promise<RedisLedgerOnTestClock> {
  const clock = new TestClock();
  const { redis: onlooker, keyPrefix, keys } = ownCorner();
  const redis: ReturnType<typeof connectLedger> & { pushResendLedger?: (...args: string[]) => Promise<string> } =
    connectLedger(redisUrl(), { commandTimeoutMs: 5000 });
  await redis.connect();

  const ledger = new RedisLedger(redis, { policy, hashOf: (identity) => identity, keyPrefix });
  redis.defineCommand('pushResendLedger', { numberOfKeys: 2, lua: withTestClock(lua) });
  const run = redis.pushResendLedger?.bind(redis);
  if (!run) throw new Error('ioredis defined no command');
  redis.pushResendLedger = (...args) => run(...args, String(clock.now));

  return {
    ledger,
    clock,
    policy,
    redis,
    keys,
    stored: async () => {
      const names = (await keys()).toSorted();
      const values = names.length > 0 ? await redis.mgetBuffer(...names) : [];
      return names.map((name, index) => `${name} ${values[index]?.toString('hex')}`).join('\n');
    },
    [Symbol.asyncDispose]: async () => {
      const names = await keys();
      if (names.length > 0) await onlooker.unlink(...names);
      onlooker.disconnect();
      redis.disconnect();
    },
  };
}

const SERVER_CLOCK = "redis.call('TIME')";
const TEST_CLOCK = '{ math.floor(ARGV[4] / 1000), ARGV[4] % 1000 * 1000 }';

/**
 * Keys live by the server's own clock, so on the test's clock a block ends here and not by its expiry, and no key goes
 * within the minute: what is over by the test's clock, the ledger must see for itself.
 */
const TEST_EXPIRY = `
local server = redis
local blockEnds = server.call('GET', KEYS[2])
if blockEnds and tonumber(blockEnds) <= tonumber(ARGV[4]) then server.call('DEL', KEYS[2]) end
local redis = { call = function(command, key, value, unit, leftMs)
  if leftMs then return server.call(command, key, value, unit, math.max(leftMs, 60000)) end
  if unit then return server.call(command, key, value, unit) end
  if value then return server.call(command, key, value) end
  return server.call(command, key)
end }
`;

/** The script with the test's clock, the 4th argument, in the place of the server's. */
function withTestClock(lua: string): string {
  const parts = lua.split(SERVER_CLOCK);
  if (parts.length !== 2) throw new Error(`the script asks for the time ${parts.length - 1} times, not once`);
  return TEST_EXPIRY + parts.join(TEST_CLOCK);
}
