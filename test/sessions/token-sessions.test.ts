import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { Session } from '@resend/ports.js';
import { MemorySessionStore, RedisSessionStore } from '@sessions/session-stores.js';
import { type SessionStore, TokenSessions } from '@sessions/token-sessions.js';
import { ownCorner } from '../support/redis.js';
import { breakableRedis } from './breakable-redis.js';
import { type Counterpart, sessionContract } from './session-contract.js';

/** Whoever may write records, also wrong ones. */
function counterpart(store: SessionStore): Omit<Counterpart, 'close'> {
  const sessions = new TokenSessions(store);
  return {
    directory: () => sessions,
    login: async (identity, challengeSid) => {
      const { id, token } = await sessions.register({ identity, challengeSid } as unknown as Session, 60);
      return { credential: token, end: () => sessions.revoke(id) };
    },
    stranger: async () => `prs_${'0'.repeat(32)}_${'A'.repeat(43)}`,
  };
}

sessionContract('our own tokens, in memory', 'here', async () => ({
  ...counterpart(new MemorySessionStore()),
  close: () => undefined,
}));

sessionContract('our own tokens, in Redis', 'elsewhere', async () => {
  const { redis: admin, keyPrefix } = ownCorner();
  const { redis, ...place } = await breakableRedis();
  return {
    ...counterpart(new RedisSessionStore(redis, keyPrefix)),
    ...place,
    close: async () => {
      admin.disconnect();
      await place.close();
    },
  };
});

describe('a record in Redis', () => {
  test.each([
    '',
    'null',
    '42',
    '"text"',
    '[]',
    '{}',
    '{"secretSha256":"00"}',
    '{"identity":"somebody-0001"}',
    'garbage',
  ])('a corrupted record is not a session: %j', async (spoiled) => {
    const { redis, keyPrefix } = ownCorner();
    const sessions = new TokenSessions(new RedisSessionStore(redis, keyPrefix));
    const { id, token } = await sessions.register({ identity: 'somebody-0001' }, 60);
    await redis.set(`${keyPrefix}session:${id}`, spoiled, 'EX', 60);
    expect(await sessions.find(token)).toBeOneOf(['unknown-token', 'wrong-secret']);
    redis.disconnect();
  });

  test('that is null is not a registered session', async () => {
    const redis = { get: async () => 'null' } as unknown as Redis;
    expect(await new TokenSessions(new RedisSessionStore(redis, '')).registered('0'.repeat(32))).toBeUndefined();
  });

  test('has the hash of its token, never the token, and ends by itself', async () => {
    const { redis, keyPrefix, keys } = ownCorner();
    const sessions = new TokenSessions(new RedisSessionStore(redis, keyPrefix));
    const { token } = await sessions.register({ identity: 'somebody-0001' }, 60);
    const [key = ''] = await keys();
    const secret = token.slice(-43);
    expect(await redis.get(key)).not.toContain(secret);
    expect(await redis.ttl(key)).toBeGreaterThan(55);
    redis.disconnect();
  });
});
