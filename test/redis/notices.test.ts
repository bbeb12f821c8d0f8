/** One contract for the notices within a process, over one Redis and over a Cluster; then what only Redis can do to them. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MemoryNotices, type Notices } from '@ledger/notices.js';
import { RedisNotices, type RedisNoticesOptions } from '@ledger/redis-notices.js';
import { watch } from '@nest/lifecycle/redis-watch.js';
import type { RedisConnection } from '@redis/connection.js';
import { subscriberLike } from '@redis/subscriber.js';
import type { Log } from '@telemetry/log.js';
import { type ClusterSet, startCluster } from './cluster-set.js';
import { connected } from './connected.js';
import { admit, denials, PASSWORD, rulesOfCluster } from './documented-users.js';
import { type OwnServer, Started, until } from './own-servers.js';

const USER = { REDIS_USERNAME: 'push-resend-ledger', REDIS_PASSWORD: PASSWORD };
const KEY_PREFIX = 'push-resend:';

const started = new Started();
const lasting = new Started();
let server: OwnServer;
let cluster: ClusterSet;
beforeAll(async () => {
  server = await lasting.server();
  await admit(server.admin, 'push-resend-ledger');
  cluster = await startCluster(lasting);
  for (const { admin } of [...cluster.primaries, ...cluster.replicas]) {
    await admit(admin, 'push-resend-ledger', ...rulesOfCluster());
  }
}, 60_000);
afterEach(() => started.stopAll());
afterAll(() => lasting.stopAll());

const users = (count: number) => Array.from({ length: count }, () => randomBytes(8).toString('hex'));

/** Counts what one listener hears. */
function heardBy(notices: Notices, user: string) {
  const heard = { count: 0, stop: () => {} };
  heard.stop = notices.listen(user, () => {
    heard.count += 1;
  });
  return heard;
}

async function overRedis(environment: Record<string, string>, options: Partial<RedisNoticesOptions> = {}) {
  const { ledger } = await connected(started, { ...environment, ...USER });
  const notices = new RedisNotices(ledger, { keyPrefix: KEY_PREFIX, ...options });
  started.add(() => notices.close());
  return notices;
}

const PLACES: readonly (readonly [string, () => Promise<{ here: Notices; there: Notices }>])[] = [
  [
    'within a process',
    async () => {
      const notices = new MemoryNotices();
      return { here: notices, there: notices };
    },
  ],
  [
    'over one Redis, as its documented user',
    async () => ({
      here: await overRedis({ REDIS_URL: server.url }),
      there: await overRedis({ REDIS_URL: server.url }),
    }),
  ],
  [
    'over a Cluster, as its documented user',
    async () => ({ here: await overRedis(cluster.environment), there: await overRedis(cluster.environment) }),
  ],
];

describe.each(PLACES)('%s', (_place, start) => {
  test('a notice reaches every listener of its user, and nobody else', async () => {
    const { here, there } = await start();
    const known = users(12); // some on each shard
    const listeners = known.flatMap((user) => [heardBy(there, user), heardBy(there, user), heardBy(here, user)]);
    const stranger = heardBy(there, 'somebody-else');
    await until('all are heard', () => {
      for (const user of known) here.publish(user);
      return listeners.every(({ count }) => count > 1);
    });
    expect(stranger.count).toBeLessThanOrEqual(1); // the beginning of its listening
  });

  test('who has stopped hears nothing more, and others of the user still do', async () => {
    const { here, there } = await start();
    const [user = ''] = users(1);
    const [goes, stays] = [heardBy(there, user), heardBy(there, user)];
    await until('both are heard', () => {
      here.publish(user);
      return goes.count > 1 && stays.count > 1;
    });
    goes.stop();
    const before = { goes: goes.count, stays: stays.count };
    here.publish(user);
    await until('the other is heard', () => stays.count > before.stays);
    expect(goes.count).toBe(before.goes);
    stays.stop();
    const again = heardBy(there, user);
    await until('listening can begin anew', () => {
      here.publish(user);
      return again.count > 1;
    });
  });

  test('after the close nobody hears anything', async () => {
    const { here, there } = await start();
    const [user = ''] = users(1);
    const listener = heardBy(there, user);
    await until('it is heard', () => {
      here.publish(user);
      return listener.count > 1;
    });
    const stays = here === there ? undefined : heardBy(here, user);
    there.close();
    const before = listener.count;
    const heardBefore = stays?.count ?? 0;
    for (const time of [1, 2]) {
      here.publish(user);
      await new Promise(setImmediate);
      if (stays) await until('the other hears it', () => stays.count >= heardBefore + time);
    }
    expect(listener.count).toBe(before);
  });
});

test('nothing is asked of Redis that the documented users may not', async () => {
  const all = [server.admin, ...cluster.primaries.map(({ admin }) => admin)];
  for (const admin of all) expect(await denials(admin)).toEqual([]);
});

test('without listeners there is no connection to listen on', async () => {
  const subscribers: unknown[] = [];
  const notices = await overRedis({ REDIS_URL: server.url }, { onSubscriber: (one) => void subscribers.push(one) });
  notices.publish('nobody');
  expect(subscribers).toEqual([]);
  const user = users(2);
  for (const one of user) heardBy(notices, one);
  expect(subscribers).toHaveLength(1);
});

test('a lost connection is logged once, listens again by itself, and says that notices may have been missed', async () => {
  const lines: string[] = [];
  const write = ({ event, connection }: { readonly event: string; readonly connection?: unknown }) =>
    void lines.push(`${event} ${String(connection)}`);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const notices = await overRedis({ REDIS_URL: server.url }, { onSubscriber: (one) => watch(one, 'events', log) });
  const listeners = users(3).map((user) => ({ user, heard: heardBy(notices, user) }));
  await until('they listen', () => listeners.every(({ heard }) => heard.count === 1));
  await server.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await until('they listen again', () => listeners.every(({ heard }) => heard.count === 2));
  expect(lines).toEqual(['redis.error events', 'redis.back events']);
  for (const { user } of listeners) notices.publish(user);
  await until('they are heard', () => listeners.every(({ heard }) => heard.count === 3));
});

test('rights that are missing are reported once each, and again when they are there', async () => {
  const own = await started.server();
  await admit(own.admin, 'push-resend-ledger', 'resetchannels');
  const reports: string[] = [];
  const notices = await overRedis(
    { REDIS_URL: own.url },
    {
      onRefused: (command, error) => void reports.push(`${command}: ${(error as Error).message.slice(0, 6)}`),
      onAccepted: (command) => void reports.push(`${command} again`),
    },
  );
  const [one = '', two = '', three = ''] = users(3);
  heardBy(notices, one);
  heardBy(notices, two);
  notices.publish(one);
  notices.publish(two);
  await until('both are reported', () => reports.length === 2);
  expect(reports.toSorted()).toEqual(['publish: NOPERM', 'subscribe: NOPERM']);
  await admit(own.admin, 'push-resend-ledger');
  const listener = heardBy(notices, three);
  notices.publish(three);
  await until('it is heard', () => listener.count > 0);
  expect(reports.slice(2).toSorted()).toEqual(['publish again', 'subscribe again']);
});

test('in a Cluster, a shard whose primary dies is listened to again on its new primary', async () => {
  const notices = await overRedis(cluster.environment);
  const listeners = users(12).map((user) => ({ user, heard: heardBy(notices, user) }));
  await until('they listen', () => listeners.every(({ heard }) => heard.count > 0));
  cluster.primaries[0]?.process.kill('SIGKILL');
  const before = listeners.map(({ heard }) => heard.count);
  await until(
    'all are heard again',
    () => {
      for (const { user } of listeners) notices.publish(user);
      return listeners.every(({ heard }, index) => heard.count > (before[index] ?? 0) + 1);
    },
    30_000,
  );
}, 40_000);

test('a channel that nobody could leave in time is left when something is heard on it', async () => {
  let subscriber: RedisConnection | undefined;
  const notices = await overRedis({ REDIS_URL: server.url }, { onSubscriber: (one) => void (subscriber = one) });
  const [user = ''] = users(1);
  const listener = heardBy(notices, user);
  await until('it listens', () => listener.count === 1);
  Object.assign(subscriber ?? {}, { status: 'reconnecting' });
  listener.stop();
  Object.assign(subscriber ?? {}, { status: 'ready' });
  const channels = () => server.admin.call('PUBSUB', 'CHANNELS', `*${user}*`) as Promise<string[]>;
  expect(await channels()).toHaveLength(1);
  notices.publish(user);
  await expect.poll(channels).toEqual([]);
  expect(listener.count).toBe(1);
});

test('a command that can not even be sent, as in a Cluster without some slot, harms nobody', async () => {
  let subscriber: RedisConnection | undefined;
  const notices = await overRedis(cluster.environment, { onSubscriber: (one) => void (subscriber = one) });
  const [user = '', other = ''] = users(2);
  const first = heardBy(notices, user);
  await until('it listens', () => first.count > 0);
  const nowhere = () => {
    throw new Error('No node of the slot');
  };
  Object.assign(subscriber ?? {}, { ssubscribe: nowhere, sunsubscribe: nowhere });
  const second = heardBy(notices, other);
  expect(() => {
    second.stop();
    first.stop();
  }).not.toThrow();
});

test('after the close nothing is listened to, and no connection opened', async () => {
  const subscribers: unknown[] = [];
  const notices = await overRedis({ REDIS_URL: server.url }, { onSubscriber: (one) => void subscribers.push(one) });
  notices.close();
  heardBy(notices, users(1)[0] ?? '').stop();
  expect(subscribers).toEqual([]);
});

test('a lost connection that nobody watches is no unhandled error', async () => {
  const { ledger } = await connected(started, { REDIS_URL: server.url, ...USER });
  const subscriber = subscriberLike(ledger);
  started.add(() => subscriber.disconnect());
  expect(() => subscriber.emit('error', new Error('lost'))).not.toThrow();
});
