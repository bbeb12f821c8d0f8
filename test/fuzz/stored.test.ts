/** What Redis has and replies, and what is told of its errors. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import { RedisPause } from '@ledger/pause.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import { DEFAULT_POLICY } from '@nest/parts/defaults.js';
import { RedisThrottlerStorage } from '@nest/throttling/redis-storage.js';
import { dangersOf } from '@redis/dangers.js';
import { wrongServerIn } from '@redis/wrong-server.js';
import { endpointOf } from '@redis/endpoint.js';
import { replicasInNodes } from '@redis/replica-count.js';
import { Refusal } from '@resend/refusals.js';
import { isRedisUrl } from '@settings/urls.js';
import { plainError } from '@telemetry/plain-error.js';
import { fuzz } from './fuzz.js';
import { anyText, anyThrown, CANARY, jsonText, recordText, spoilt } from './inputs.js';

/** A connection that replies this to every command and script. */
const replying = (reply: unknown) =>
  new Proxy(
    {},
    { get: (_, name) => (name === 'then' ? undefined : async () => reply), has: () => true },
  ) as unknown as Redis;

/** A refusal that may be logged, or what was made of the reply. */
async function outcome<Made>(work: () => Promise<Made>): Promise<Made | undefined> {
  try {
    return await work();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).code).toBe('ledger-unavailable');
    return undefined;
  }
}

const event = recordText({
  id: fc.constant('0198c0ffee'),
  type: fc.constantFrom('resend.sent', 'block.set'),
  occurredAt: fc.constant('2026-03-02T10:00:00.000Z'),
  actor: fc.constant('session'),
});
const place = fc.tuple(fc.nat(), fc.nat({ max: 9 })).map((pair) => pair.join('-'));
const stored = spoilt(fc.tuple(place, event).map((pair) => pair.join(' ')));
const trailOn = (reply: unknown) =>
  new RedisAuditTrail(replying(reply), {
    keyPrefix: 'x:',
    maxEvents: 10,
    maxEventsOfUser: 10,
    retentionMs: 1000,
    now: () => 0,
  });
/** Whether what is stored ends with this event's JSON. */
const tells = (entry: string, found: object) => {
  try {
    return isDeepStrictEqual(JSON.parse(entry.replace(/^[^{]*/, '')), found);
  } catch {
    return false;
  }
};
const query = fc.record(
  { type: fc.constantFrom('resend.sent' as const, 'pause.set' as const), before: place },
  { requiredKeys: [] },
);

const info = spoilt(
  fc
    .shuffledSubarray([
      'redis_mode:standalone',
      'redis_mode:cluster',
      'role:master',
      'maxmemory_policy:noeviction',
      'aof_enabled:1',
      '# Server',
    ])
    .map((lines) => lines.join('\r\n')),
);
const node = fc.constantFrom(
  'a1 10.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460',
  'b2 10.0.0.2:7000@17000 master - 0 0 2 connected 5461-16383',
  'c3 10.0.0.3:7000@17000 slave a1 0 0 1 connected',
  'd4 :0@0 master,noaddr - 0 0 1 disconnected',
);
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);
const credential = fc.oneof(anyText, fc.string({ minLength: 1 })).map((text) => text.toWellFormed());

fuzz('stored', {
  'a reply of the ledger is its JSON, or the ledger is unavailable': fc.asyncProperty(
    fc.oneof(jsonText(['decision', 'challenges']), anyText),
    fc.constantFrom('reserve' as const, 'look' as const, 'overview' as const),
    async (reply, operation) => {
      const options = { policy: DEFAULT_POLICY, hashOf: () => 'a-hash', keyPrefix: 'x:' };
      const ledger = new RedisLedger(replying(reply), options);
      const answer: unknown = await outcome(() => ledger.run(operation, 'user-7c9e6679f74b', {}));
      if (answer === undefined) {
        expect(() => JSON.parse(reply) as unknown).toThrow();
        return;
      }
      if (operation === 'overview') expect(answer).toHaveProperty('challenges');
      else expect(answer).toEqual(JSON.parse(reply));
    },
  ),

  'a counter is over its limit exactly if it is, whatever else is in the reply': fc.asyncProperty(
    fc.array(fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 100 }).map(String)), { minLength: 4, maxLength: 4 }),
    fc.array(fc.option(anyText), { maxLength: 2 }),
    async (numbers, records) => {
      const storage = new RedisThrottlerStorage(replying([...numbers, ...records]), 'x:', () => 0);
      const counts = ['one', 'two'].map((key) => ({ key, limit: 50, ttl: 60_000 }));
      const found = await storage.firstOverAndRecords(
        counts,
        records.map(() => 'a-key'),
      );
      const first = [0, 1].find((index) => Number(numbers[2 * index]) > 50);
      const waitMs = Number(numbers[2 * (first ?? 0) + 1]);
      expect(found).toEqual({ over: first === undefined ? undefined : { key: counts[first]?.key, waitMs }, records });
    },
  ),

  'a pause is told as it was written': fc.asyncProperty(
    anyText,
    fc.integer({ min: -2, max: 1000 }),
    async (text, leftMs) => {
      const redis = { get: async () => text, pttl: async () => leftMs } as unknown as Redis;
      expect(await new RedisPause(redis, 'x:').current()).toEqual({ reason: text, endsInMs: Math.max(0, leftMs) });
    },
  ),

  'a page of a user’s audit events has what was stored, newest first': fc.asyncProperty(
    fc.array(stored, { maxLength: 6 }),
    query,
    async (entries, asked) => {
      const page = await trailOn(entries).page({ user: 'a-hash', limit: 3, ...asked });
      expect(page.events.length).toBeLessThanOrEqual(3);
      for (const found of page.events) expect(entries.some((entry) => tells(entry, found))).toBe(true);
      if (page.before !== undefined) expect(page.before).toMatch(/^\d+-\d+$/);
    },
  ),

  'a page of all audit events has what was stored': fc.asyncProperty(
    fc.array(
      fc.tuple(place, spoilt(event)).map(([id, json]) => [id, ['event', json]] as const),
      { maxLength: 6 },
    ),
    query,
    async (entries, asked) => {
      const page = await trailOn(entries).page({ limit: 3, ...asked });
      expect(page.events.length).toBeLessThanOrEqual(3);
      for (const found of page.events) expect(entries.some(([, [, json]]) => tells(json, found))).toBe(true);
    },
  ),

  'what INFO says is a wrong kind of server, a list of dangers, or none': fc.asyncProperty(info, async (text) => {
    const redis = { info: async () => text, config: async () => ['save', ''] } as unknown as Redis;
    const dangers = await dangersOf(redis);
    const has = (line: string) => text.split(/\r?\n/).includes(line);
    if (has('redis_mode:cluster')) expect(wrongServerIn(text)).toBe('a node of a Redis Cluster');
    if (!text.includes('role:master')) expect(dangers).not.toEqual([]);
    for (const danger of dangers) expect(danger).not.toMatch(/[\r\n]/);
  }),

  'the number of replicas in CLUSTER NODES is a whole number': fc.property(
    spoilt(fc.array(node, { maxLength: 6 }).map((lines) => lines.join('\n'))),
    (nodes) => {
      const replicas = replicasInNodes(nodes);
      expect(Number.isSafeInteger(replicas) && replicas >= 0).toBe(true);
    },
  ),

  'a Redis URL is the place that it was made of': fc.property(
    host,
    fc.integer({ min: 1, max: 65_535 }),
    fc.nat({ max: 99 }),
    credential,
    credential,
    fc.constantFrom('redis', 'rediss', 'valkey', 'valkeys'),
    (name, port, db, username, password, scheme) => {
      const [user, secret] = [encodeURIComponent(username), encodeURIComponent(password)];
      const url = `${scheme}://${user}:${secret}@${name}:${port}/${db}`;
      expect(isRedisUrl(url)).toBe(true);
      const { at, tls, ...credentials } = endpointOf(url);
      const bare = name.startsWith('[') ? new URL(`http://${name}`).hostname.slice(1, -1) : name;
      expect(at).toEqual({ kind: 'server', host: bare, port, db });
      expect(tls !== undefined).toBe(scheme.endsWith('s') && scheme !== 'redis');
      expect(credentials).toEqual({ ...(username !== '' && { username }), ...(password !== '' && { password }) });
    },
  ),

  'a Redis URL of any text has a place, or the settings refuse it': fc.property(
    spoilt(fc.constant('rediss://user:pa%2Fss@redis.example.com:6379/3')),
    (url) => {
      if (!isRedisUrl(url)) return;
      const { at, username, password } = endpointOf(url);
      expect(at).toMatchObject({ kind: 'server', host: expect.stringMatching(/^[\w.:-]+$/) });
      if (at.kind === 'server') expect([at.port > 0 && at.port < 65_536, at.db >= 0]).toEqual([true, true]);
      for (const text of [username, password]) if (text !== undefined) expect(typeof text).toBe('string');
    },
  ),

  'an error is told without what it quotes, whatever it is': fc.property(
    fc.oneof(
      anyThrown,
      fc
        .tuple(
          fc.constantFrom('ERR unknown command ', 'Unexpected token in ', 'open '),
          fc.constantFrom('"', "'", '`', '“'),
          anyText,
        )
        .map(([start, quote, more]) => new Error(`${start}${quote}${CANARY}${quote} ${more}`)),
    ),
    (error) => {
      const plain = plainError(error);
      const text = JSON.stringify(plain);
      expect(text).not.toContain(CANARY);
      expect(JSON.parse(text)).toMatchObject({ name: expect.stringMatching(/^\w+$/) });
      expect(plainError(plain)).toBe(plain);
    },
  ),
});
