import { afterEach, describe, expect, test, vi } from 'vitest';
import { connectLedger } from '@redis/connection.js';
import { everyReplica, replicasInNodes } from '@redis/replica-count.js';
import { Replicas, ReplicasMissing } from '@redis/replicas.js';
import { HURRIED, ledgerOn, Presses } from './pressing.js';
import { type OwnServer, Started, until } from './own-servers.js';

const started = new Started();
afterEach(() => started.stopAll());

async function primaryWithReplica(): Promise<{ primary: OwnServer; replica: OwnServer }> {
  const primary = await started.server('--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1');
  const replica = await started.server('--replicaof', '127.0.0.1', String(primary.port));
  await until('the replica is in step', async () => {
    await primary.admin.set('step', '1', 'EX', 60);
    return (await primary.admin.wait(1, 200)) === 1;
  });
  await primary.admin.config('RESETSTAT');
  return { primary, replica };
}

async function connectionTo({ url }: OwnServer) {
  const redis = connectLedger(url, { commandTimeoutMs: 2000 });
  redis.on('error', () => undefined);
  started.add(() => redis.disconnect());
  await redis.connect();
  return redis;
}

const waitFor = (count: number, timeoutMs = 1000) => ({
  wanted: () => Promise.resolve(count),
  timeoutMs,
  pauseMs: 300,
});

/** How often the server was asked to WAIT. */
async function waits({ admin }: OwnServer): Promise<number> {
  const [, calls = '0'] = /cmdstat_wait:calls=(\d+)/.exec(await admin.info('commandstats')) ?? [];
  return Number(calls);
}

test('a WAIT asks for no more replicas than the writes that it covers', async () => {
  const asked: { readonly count: number; readonly answer: (reached: number) => void }[] = [];
  const wait = (count: number) => new Promise<number>((answer) => void asked.push({ count, answer }));
  const redis = { status: 'ready', stream: {}, wait };
  let wanted = 1;
  const replicas = new Replicas(redis as never, { wanted: async () => wanted, timeoutMs: 100 });
  const write = () => replicas.confirmed('key', async () => 'written');

  const first = write();
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  wanted = 2;
  const lost = write();
  await new Promise(setImmediate);
  redis.status = 'reconnecting';
  asked[0]?.answer(1);
  expect(await first).toBe('written');
  await expect(lost).rejects.toThrow(ReplicasMissing);

  redis.status = 'ready';
  wanted = 1;
  const last = write();
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  asked[1]?.answer(1);
  expect(await last).toBe('written');
  expect(asked.map(({ count }) => count)).toEqual([1, 1]);
});

describe('a dispatch that replicas must have', () => {
  test('goes on when they have it, and is refused and given back when one is gone, until it is back', async () => {
    const { primary, replica } = await primaryWithReplica();
    const ledger = ledgerOn(await connectionTo(primary), { replicas: waitFor(1) });
    const presses = new Presses();
    expect(await presses.press(ledger, 'user')).toBe('sent');

    replica.process.kill('SIGSTOP');
    expect(await presses.press(ledger, 'other')).toBe('ledger-unavailable');
    expect(presses.sentTo('other')).toBe(0);
    expect((await ledger.peek('other', 'any')).windows[0]?.used).toBe(0);

    replica.process.kill('SIGCONT');
    await until('a tap is sent', async () => (await presses.press(ledger, 'other')) === 'sent');
    expect((await ledger.peek('other', 'any')).windows[0]?.used).toBe(1);
  });

  test('is not even tried for a while after a miss, so that others are not held up', async () => {
    const { primary } = await primaryWithReplica();
    const redis = await connectionTo(primary);
    const ledger = ledgerOn(redis, { replicas: waitFor(2, 150) });
    const presses = new Presses();
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    const askedAt = performance.now();
    for (const user of users) expect(await presses.press(ledger, user)).toBe('ledger-unavailable');
    expect(await waits(primary)).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - askedAt) / 300));
  });

  test('shares its WAIT with all that came before: far fewer WAITs than dispatches', async () => {
    const { primary } = await primaryWithReplica();
    const policy = { ...HURRIED, leaseMs: 10_000 };
    const ledger = ledgerOn(await connectionTo(primary), { replicas: waitFor(1), policy });
    const presses = new Presses();
    const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    const answers = await Promise.all(users.map((user) => presses.press(ledger, user)));
    // On a busy machine the dispatch may be confirmed too late to send, but it is confirmed.
    expect(answers.filter((answer) => answer !== 'sent' && answer !== 'too-late')).toEqual([]);
    expect(await waits(primary)).toBeLessThan(100);
    expect(await waits(primary)).toBeGreaterThan(0);
  });

  test('does not count when its connection was lost before they were asked: a new one would vouch for nothing', async () => {
    const { primary } = await primaryWithReplica();
    const redis = await connectionTo(primary);
    const replicas = new Replicas(redis, waitFor(1));
    const confirmed = replicas.confirmed('key', async (connection) => {
      await connection.set('key', 'value', 'EX', 60);
      connection.disconnect(true);
      await until('it is connected anew', async () => (await connection.ping()) === 'PONG');
    });
    await expect(confirmed).rejects.toThrow(ReplicasMissing);
    expect(await redis.wait(1, 5000)).toBe(1);
  });
});

describe('the number of replicas there are to be', () => {
  test('stays when nobody can be asked, and nothing is written before it is known', async () => {
    let answer = () => Promise.reject<number>(new Error('nobody there'));
    const wanted = everyReplica(() => answer());
    await expect(wanted()).rejects.toThrow(ReplicasMissing);
    answer = () => Promise.resolve(2);
    expect(await wanted()).toBe(2);
    answer = () => Promise.reject<number>(new Error('nobody there'));
    expect(await wanted()).toBe(2);
  });

  const line = (name: string, flags: string, slots = '') =>
    `${name} 127.0.0.1:7000@17000 ${flags} - 0 0 1 connected ${slots}`.trimEnd();
  const three = [
    line('a', 'myself,master', '0-5460'),
    line('b', 'master', '5461-10922'),
    line('c', 'master', '10923-16383'),
  ];

  test.each([
    ['a replica each', ['slave', 'slave', 'slave'], 1],
    ['two replicas each', Array.from({ length: 6 }, () => 'slave'), 2],
    ['a replica that is down', ['slave', 'slave,fail', 'slave'], 1],
    ['a primary that was replaced and is down', ['slave', 'slave', 'master,fail'], 1],
    ['a node that is only just met', ['slave', 'slave', 'slave', 'handshake'], 1],
    ['one replica too few', ['slave', 'slave'], 1],
    ['one replica too many', ['slave', 'slave', 'slave', 'slave'], 2],
    ['no replica at all', [], 0],
  ])('of a Cluster with %s', (_, others, wanted) => {
    const lines = [...three, ...others.map((flags, index) => line(`other-${index}`, flags))];
    expect(replicasInNodes(`${lines.join('\n')}\n`)).toBe(wanted);
  });
});
