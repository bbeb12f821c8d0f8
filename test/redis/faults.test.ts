import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { Redis } from 'ioredis';
import { connectLedger } from '@redis/connection.js';
import type { RedisLedger } from '@ledger/redis-ledger.js';
import { HURRIED, ledgerOn, newChallenge, Presses } from './pressing.js';
import { type OwnServer, Started, until } from './own-servers.js';
import { startProxy, type TcpProxy } from './tcp-proxy.js';

const started = new Started();
afterEach(() => started.stopAll());

interface Patient {
  readonly server: OwnServer;
  readonly proxy: TcpProxy;
  readonly redis: Redis;
  readonly ledger: RedisLedger;
  readonly presses: Presses;
}

const BREAKABLE = '--enable-debug-command local --enable-protected-configs local --busy-reply-threshold 50'.split(' ');
/** Loading takes a fifth of a millisecond a key, and others are answered meanwhile. */
const SLOW_TO_LOAD = '--appendonly yes --key-load-delay 200 --loading-process-events-interval-bytes 1024'.split(' ');

async function patient(): Promise<Patient> {
  const server = await started.server(...BREAKABLE);
  const proxy = await startProxy(server.port);
  started.add(() => proxy.close());
  const redis = connectLedger(`redis://127.0.0.1:${proxy.port}`, { commandTimeoutMs: 500 });
  redis.on('error', () => undefined);
  started.add(() => redis.disconnect());
  await redis.connect();
  return { server, proxy, redis, ledger: ledgerOn(redis), presses: new Presses() };
}

interface Fault {
  readonly name: string;
  /** The dispatch runs and can not be taken back: it counts as a resend that may have been sent. */
  readonly spendsOne?: true;
  readonly strike: (patient: Patient) => unknown;
  readonly heal: (patient: Patient) => unknown;
}

const LOOP = 'while true do end';

const faults: Fault[] = [
  {
    name: 'a replica in its place (READONLY)',
    strike: ({ server }) => server.admin.replicaof('127.0.0.1', '1'),
    heal: ({ server }) => server.admin.replicaof('NO', 'ONE'),
  },
  {
    name: 'a full memory (OOM)',
    strike: ({ server }) => server.admin.config('SET', 'maxmemory', '1'),
    heal: ({ server }) => server.admin.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'a script of somebody else that does not end (BUSY)',
    strike: async ({ server, redis }) => {
      const somebody = started.client({ port: server.port, autoResendUnfulfilledCommands: false });
      somebody.eval(LOOP, 0).catch(() => undefined);
      await until('it is busy', () =>
        redis.ping().then(
          () => false,
          (error: Error) => error.message.startsWith('BUSY'),
        ),
      );
    },
    heal: ({ server }) => server.admin.script('KILL'),
  },
  {
    name: 'a user that lost its rights (NOPERM)',
    strike: ({ server }) => server.admin.acl('SETUSER', 'default', '-eval', '-evalsha'),
    heal: ({ server }) => server.admin.acl('SETUSER', 'default', '+@all'),
  },
  {
    name: 'a disk that can not be written to (MISCONF)',
    strike: async ({ server }) => {
      await server.admin.config('SET', 'save', '3600 1');
      await server.admin.config('SET', 'dir', '/proc');
      await server.admin.bgsave();
      await until('a snapshot has failed', async () =>
        (await server.admin.info('persistence')).includes('rdb_last_bgsave_status:err'),
      );
    },
    heal: ({ server }) => server.admin.config('SET', 'stop-writes-on-bgsave-error', 'no'),
  },
  {
    name: 'a stalled server',
    strike: ({ server }) => server.process.kill('SIGSTOP'),
    heal: ({ server }) => server.process.kill('SIGCONT'),
  },
  {
    name: 'replies that are held up',
    strike: ({ proxy }) => proxy.hold('replies'),
    heal: ({ proxy }) => proxy.hold('nothing'),
  },
  {
    name: 'requests that are held up',
    strike: ({ proxy }) => proxy.hold('requests'),
    heal: ({ proxy }) => proxy.hold('nothing'),
  },
  {
    name: 'replies that are lost, and a reset',
    spendsOne: true,
    strike: ({ proxy }) => {
      proxy.hold('replies');
      setTimeout(() => proxy.reset(), 20);
    },
    heal: ({ proxy }) => proxy.hold('nothing'),
  },
  {
    name: 'requests that are lost, and a reset',
    strike: ({ proxy }) => {
      proxy.hold('requests');
      setTimeout(() => proxy.reset(), 20);
    },
    heal: ({ proxy }) => proxy.hold('nothing'),
  },
];

describe.each(faults)('with $name', ({ strike, heal, spendsOne }) => {
  test('a tap is refused as ledger-unavailable, soon, and spends nothing; then all is well again', async () => {
    const own = await patient();
    const { ledger, presses } = own;
    expect(await presses.press(ledger, 'before')).toBe('sent');

    await strike(own);
    const askedAt = performance.now();
    expect(await presses.press(ledger, 'user')).toBe('ledger-unavailable');
    expect(performance.now() - askedAt).toBeLessThan(5000);
    expect(presses.sentTo('user')).toBe(0);

    await heal(own);
    const challenge = newChallenge();
    await until('a tap is sent', async () => (await presses.press(ledger, 'user', challenge)) === 'sent');
    await spentExactly(ledger, 'user', presses, challenge);
    await spentExactly(ledger, 'before', presses, newChallenge());
  });

  test('between reserve and dispatch nothing is sent, and nothing is spent twice', async () => {
    const own = await patient();
    const { ledger, presses } = own;
    const challenge = newChallenge();
    const reserve = ledger.reserve.bind(ledger);
    ledger.reserve = async (...args) => {
      const answer = await reserve(...args);
      ledger.reserve = reserve;
      await strike(own);
      return answer;
    };
    expect(await presses.press(ledger, 'user', challenge)).toBe('ledger-unavailable');
    expect(presses.sentTo('user')).toBe(0);

    await heal(own);
    // The lease, or an unknown dispatch that counts for the cooldown: either is over soon.
    await until('a tap is sent', async () => (await presses.press(ledger, 'user', challenge)) === 'sent');
    if (!spendsOne) return spentExactly(ledger, 'user', presses, challenge);
    const { resends } = await ledger.peek('user', challenge);
    expect(resends.used).toBeLessThanOrEqual(2);
  });
});

describe('when Redis is away for longer than the tap waits', () => {
  const policy = { ...HURRIED, leaseMs: 10_000, cooldownsMs: [60_000] };

  test('a dispatch whose reply was lost is still given back within the lease', async () => {
    const { proxy, redis, presses, server } = await patient();
    const ledger = ledgerOn(redis, { policy });
    const besides = ledgerOn(server.admin, { policy });
    const challenge = newChallenge();
    const hasLeft = async () => {
      const { challenge: learnt, resends } = await besides.peek('user', challenge);
      return learnt !== undefined && resends.used === 1;
    };
    const dispatch = ledger.dispatch.bind(ledger);
    ledger.dispatch = async (...args) => {
      proxy.hold('replies');
      const [dispatched] = await Promise.allSettled([dispatch(...args), until('it has run', hasLeft)]);
      proxy.hold('requests');
      if (dispatched.status === 'fulfilled') return dispatched.value;
      throw dispatched.reason;
    };
    expect(await presses.press(ledger, 'user', challenge)).toBe('ledger-unavailable');
    ledger.dispatch = dispatch;
    expect(await hasLeft()).toBe(true);
    proxy.reset();
    proxy.hold('nothing');
    await until('nothing is spent', async () => {
      const { next, resends } = await ledger.peek('user', challenge);
      return next.code === 'ready' && resends.used === 0;
    });
    expect(presses.sentTo('user')).toBe(0);
    expect(await presses.press(ledger, 'user', challenge)).toBe('sent');
  });
});

/** What the ledger counts is what was sent, neither less nor more. */
async function spentExactly(ledger: RedisLedger, user: string, presses: Presses, challenge: string): Promise<void> {
  const { windows } = await ledger.peek(user, challenge);
  expect(windows[0]?.used).toBe(presses.sentTo(user));
}

describe('unnoticed by anybody', () => {
  test('scripts are flushed between any two steps', async () => {
    const { ledger, server, presses } = await patient();
    for (const operation of ['reserve', 'dispatch', 'settle'] as const) {
      await server.admin.script('FLUSH');
      const own = ledger[operation].bind(ledger) as (...args: unknown[]) => Promise<never>;
      ledger[operation] = async (...args: unknown[]) => {
        await server.admin.script('FLUSH');
        return own(...args);
      };
    }
    expect(await presses.press(ledger, 'user')).toBe('sent');
    await spentExactly(ledger, 'user', presses, newChallenge());
  });

  test('scripts are flushed under fifty users', async () => {
    const { ledger, server, presses } = await patient();
    await presses.press(ledger, 'before');
    const users = Array.from({ length: 50 }, (_, index) => `user-${index}`);
    const flushed = Promise.all(Array.from({ length: 20 }, () => server.admin.script('FLUSH')));
    const answers = await Promise.all(users.map((user) => presses.press(ledger, user)));
    await flushed;
    expect(new Set(answers)).toEqual(new Set(['sent']));
    for (const user of users) await spentExactly(ledger, user, presses, newChallenge());
  });
});

describe('a server that is loading its data', () => {
  test('refuses on open connections (LOADING), and then goes on with what it remembers', async () => {
    const { ledger, server, presses } = await patient();
    await presses.press(ledger, 'user');
    await fill(server);
    const reloaded = server.admin.call('DEBUG', 'RELOAD');
    const answers: string[] = [];
    await until('it refuses', async () => {
      answers.push(await presses.press(ledger, 'other'));
      return answers.includes('ledger-unavailable');
    });
    await reloaded;
    await until('a tap is sent', async () => (await presses.press(ledger, 'other')) === 'sent');
    await spentExactly(ledger, 'user', presses, newChallenge());
  });

  test('after a crash is refused until it has loaded, and its file remembers every resend', async () => {
    const server = await started.server('--appendonly', 'yes', '--appendfsync', 'always');
    const redis = connectLedger(server.url, { commandTimeoutMs: 500 });
    redis.on('error', () => undefined);
    started.add(() => redis.disconnect());
    await redis.connect();
    const ledger = ledgerOn(redis, { policy: { ...HURRIED, cooldownsMs: [60_000] } });
    const presses = new Presses();
    await presses.press(ledger, 'user');
    await fill(server);
    const [, directory] = await server.admin.config('GET', 'dir');
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    expect(await presses.press(ledger, 'user')).toBe('ledger-unavailable');

    const place = ['--port', String(server.port), '--bind', '127.0.0.1', '--dir', directory ?? ''];
    started.spawned(...place, ...SLOW_TO_LOAD);
    const answers = new Set<string>();
    await until('it answers', async () => {
      answers.add(await presses.press(ledger, 'user'));
      return !answers.has('sent') && answers.has('cooling-down');
    });
    expect([...answers].toSorted()).toEqual(['cooling-down', 'ledger-unavailable']);
    expect(presses.sentTo('user')).toBe(1);
  });
});

/** Enough keys for loading to take a second or so. */
async function fill({ admin }: OwnServer): Promise<void> {
  const keys = admin.pipeline();
  for (let index = 0; index < 3000; index++) keys.set(`filler:${index}`, 'x'.repeat(100), 'EX', 600);
  await keys.exec();
  await admin.config('SET', 'key-load-delay', '200');
  await admin.config('SET', 'loading-process-events-interval-bytes', '1024');
}
