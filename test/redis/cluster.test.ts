/** A real Cluster of three primaries with a replica each, under users who keep pressing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from 'ioredis';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import { RedisPause } from '@ledger/pause.js';
import type { ResendPolicy } from '@resend/policy.js';
import { type ClusterNode, type ClusterSet, startCluster } from './cluster-set.js';
import { connected } from './connected.js';
import { admit, denials, PASSWORD, rulesOfCluster } from './documented-users.js';
import { Started, until } from './own-servers.js';
import { HURRIED, KEY_PREFIX, ledgerOn } from './pressing.js';
import { killed } from './sentinel-set.js';
import { Storm } from './storm.js';

const isLong = process.env['TEST_FAILOVERS'] === 'all';
const LIMIT = 4;
const POLICY: ResendPolicy = { ...HURRIED, cooldownsMs: [700], userLimits: [{ limit: LIMIT, windowMs: 300_000 }] };

const started = new Started();
let set: ClusterSet;
/** Everything is done on one Cluster, to users of its own each; what breaks it comes last. */
beforeAll(async () => {
  set = await startCluster(started);
  for (const { admin } of [...set.primaries, ...set.replicas]) {
    for (const user of ['push-resend-ledger', 'push-resend-sessions']) await admit(admin, user, ...rulesOfCluster());
  }
}, 60_000);
afterAll(() => started.stopAll());

const USERS = {
  REDIS_USERNAME: 'push-resend-ledger',
  REDIS_PASSWORD: PASSWORD,
  REDIS_SESSION_USERNAME: 'push-resend-sessions',
  REDIS_SESSION_PASSWORD: PASSWORD,
};

/** Thirty users who press on, over two instances. */
async function storming(name: string, more: Record<string, string> = {}) {
  const users = Array.from({ length: 30 }, (_, index) => `${name}-${index}`);
  const environment = { ...set.environment, ...more };
  const instances = [await connected(started, environment), await connected(started, environment)];
  const ledgers = instances.map(({ ledger, replicas }) =>
    ledgerOn(ledger, { policy: POLICY, ...(replicas && { replicas }) }),
  );
  const storm = new Storm(ledgers, users);
  await until('every user was sent something', () => users.every((user) => storm.presses.sentTo(user) > 0));
  const usedUp = async (some = users) => {
    const standings = await Promise.all(some.map(async (user) => ledgers[0]?.peek(user, 'YC-any')));
    return standings.every((standing) => standing?.windows[0]?.used === LIMIT);
  };
  return { storm, usedUp };
}

/** Those users of a storm who live there. */
async function usersOf({ admin }: ClusterNode, { users }: Storm): Promise<string[]> {
  const keys = await admin.keys(`${KEY_PREFIX}{${users[0]?.replace(/\d+$/, '')}*}`);
  return keys.map((key) => key.slice(KEY_PREFIX.length + 1, -1));
}

function report(what: string, storm: Storm, more: object = {}): void {
  const refused = storm.answers.get('ledger-unavailable') ?? 0;
  const figures = { sent: storm.presses.pushes.length, extra: storm.extras(POLICY), refused, ...more };
  console.log(`${what}: ${JSON.stringify(figures)}`);
}

describe('in a Cluster', () => {
  test('users of all shards are served, with WAIT all and as documented users, and every key of a user is in one slot', async () => {
    const patience = { REDIS_WAIT_MS: '700', REDIS_COMMAND_TIMEOUT_MS: '1500', RESEND_DISPATCH_TO_SEND_MS: '2400' };
    const { storm, usedUp } = await storming('healthy', { ...USERS, ...patience, REDIS_WAIT_REPLICAS: 'all' });
    await until('all is used up', () => usedUp());
    await storm.end();
    report('a healthy Cluster, REDIS_WAIT_REPLICAS=all', storm);
    expect(storm.presses.pushes).toHaveLength(storm.users.length * LIMIT);
    expect(storm.answers.get('ledger-unavailable')).toBeUndefined();
    for (const { admin } of set.primaries) expect(await denials(admin)).toEqual([]);
    const shares = await Promise.all(set.primaries.map((node) => usersOf(node, storm)));
    expect(shares.every((users) => users.length > 0)).toBe(true);
    expect(shares.flat().toSorted()).toEqual([...storm.users].toSorted());
  }, 40_000);

  test('the audit trail and the kill switch work over all shards, as documented users', async () => {
    const patience = { REDIS_COMMAND_TIMEOUT_MS: '5000' };
    const { ledger: redis } = await connected(started, { ...set.environment, ...USERS, ...patience });
    const options = { keyPrefix: KEY_PREFIX, maxEvents: 1000, maxEventsOfUser: 10, retentionMs: 86_400_000 };
    const lost: unknown[] = [];
    const trail = new RedisAuditTrail(redis, { ...options, onLost: (_, error) => void lost.push(error) });
    const users = Array.from({ length: 30 }, (_, index) => `audited-${index}`);
    for (const user of users) {
      for (const reference of ['first', 'second'])
        trail.record({ type: 'resend.sent', user, actor: 'session', reference });
      await trail.flush();
    }
    expect(lost).toEqual([]);
    for (const user of users) {
      const { events } = await trail.page({ user, limit: 10 });
      expect(events.map(({ reference }) => reference)).toEqual(['second', 'first']);
    }
    const { events } = await trail.page({ limit: 100 });
    expect(events).toHaveLength(2 * users.length);
    const pause = new RedisPause(redis, KEY_PREFIX);
    await pause.begin('incident', 60_000);
    expect(await pause.current()).toMatchObject({ reason: 'incident' });
    await pause.end();
    expect(await pause.current()).toBeUndefined();
    for (const { admin } of set.primaries) expect(await denials(admin)).toEqual([]);
  });

  test('connections that are killed again and again make no script run twice', async () => {
    const { ledger } = await connected(started, set.environment);
    const cluster = ledger as Cluster & { countRun?: (key: string) => Promise<number> };
    cluster.defineCommand('countRun', { numberOfKeys: 1, lua: "return redis.call('INCR', KEYS[1])" });
    const ends = { answered: 0, failed: 0, twice: 0 };
    const storm = { isOver: false, calls: 0 };
    const caller = async () => {
      while (!storm.isOver) {
        const runs = await cluster.countRun?.(`run:${storm.calls++}`).catch(() => undefined);
        if (runs === undefined) {
          ends.failed += 1;
          await new Promise((resolve) => setTimeout(resolve, 5));
        } else ends.answered += 1;
      }
    };
    const callers = Array.from({ length: 32 }, caller);
    for (let round = 0; round < 20; round++) {
      const before = ends.answered;
      await until('they are served', () => ends.answered > before + 200);
      const node = set.primaries[round % set.primaries.length];
      await node?.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    storm.isOver = true;
    await Promise.all(callers);
    for (const { admin } of set.primaries) {
      const keys = await admin.keys('run:*');
      for (const key of keys) if ((await admin.get(key)) !== '1') ends.twice += 1;
    }
    console.log(`20 rounds of CLIENT KILL in a Cluster: ${JSON.stringify(ends)}`);
    expect(ends.twice).toBe(0);
    expect(ends.failed).toBeGreaterThan(0);
  }, 60_000);

  test.runIf(isLong)(
    'a primary that hangs is replaced without a restart of the service',
    async () => {
      const { storm, usedUp } = await storming('hanging');
      const hanging = set.primaries[2];
      hanging?.process.kill('SIGSTOP');
      await until('all is used up', () => usedUp(), 30_000);
      hanging?.process.kill('SIGCONT');
      await storm.end();
      report('a primary of a Cluster hangs', storm);
      expect(storm.extras(POLICY)).toBe(0);
    },
    60_000,
  );

  test('a primary that is killed costs its users some refusals and nobody anything else', async () => {
    const { storm, usedUp } = await storming('killing');
    const struckAt = Date.now();
    if (set.primaries[0]) await killed(set.primaries[0].process);
    await until('its replica takes over', async () =>
      (await set.replicas[0]?.admin.info('replication'))?.includes('role:master'),
    );
    const promotedMs = Date.now() - struckAt;
    await until('all is used up', () => usedUp(), 20_000);
    await storm.end();
    report('a primary of a Cluster killed', storm, { promotedMs });
    expect(storm.extras(POLICY)).toBe(0);
  }, 40_000);

  test.runIf(isLong)(
    'with WAIT all the shard that lost a node refuses, and the others go on',
    async () => {
      const own = new Started();
      const outer = set;
      try {
        set = await startCluster(own);
        const { storm, usedUp } = await storming('losing', { REDIS_WAIT_REPLICAS: 'all' });
        const [victim] = set.primaries;
        const users = victim ? await usersOf(victim, storm) : [];
        if (victim) await killed(victim.process);
        const unharmed = storm.users.filter((user) => !users.includes(user));
        await until('the others have used up theirs', () => usedUp(unharmed), 30_000);
        await storm.end();
        report('a primary of a Cluster killed, REDIS_WAIT_REPLICAS=all', storm, { usersOfTheShard: users.length });
        expect(users.length).toBeGreaterThan(0);
        expect(users.every((user) => storm.presses.sentTo(user) < LIMIT)).toBe(true);
        expect(storm.extras(POLICY)).toBe(0);
      } finally {
        set = outer;
        await own.stopAll();
      }
    },
    60_000,
  );
});
