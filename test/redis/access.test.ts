import 'reflect-metadata';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startConsumerRig } from '../internal/consumer.js';
import { certificateFiles } from './certificate-files.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { Readiness } from '@nest/lifecycle/readiness.js';
import { createLogger } from '@telemetry/logger.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { openRedis } from '../../apps/resend/src/wiring/redis-start.js';
import { connected, settingsWith } from './connected.js';
import { admit, denials, PASSWORD, rulesOf } from './documented-users.js';
import { freePort } from '../support/free-port.js';
import { type OwnServer, Started, until } from './own-servers.js';
import { ledgerOn, Presses } from './pressing.js';
import { startSentinelSet } from './sentinel-set.js';

const started = new Started();
afterEach(() => started.stopAll());

async function serverWithUsers(by = started): Promise<OwnServer & { environment: Record<string, string> }> {
  const server = await by.server();
  for (const user of ['push-resend-ledger', 'push-resend-sessions']) await admit(server.admin, user);
  await server.admin.acl('SETUSER', 'default', 'resetpass', '>for-the-admin-only');
  const environment = {
    REDIS_URL: server.url,
    REDIS_USERNAME: 'push-resend-ledger',
    REDIS_PASSWORD: PASSWORD,
    REDIS_SESSION_USERNAME: 'push-resend-sessions',
    REDIS_SESSION_PASSWORD: PASSWORD,
  };
  return { ...server, environment };
}

describe('under the documented users', () => {
  test('the service works with the documented rights, from session to resend', async () => {
    const server = await serverWithUsers();
    const { rig, desk } = await startConsumerRig({ ...server.environment });
    started.add(() => rig.close());
    const screen = await rig.login();
    await screen.tap({ key: 'press-0001' }).expect(201);
    expect((await screen.look()).body).toMatchObject({ challenge: { status: 'pending' } });
    await screen.tap().expect(201);
    await rig.ops.get('/readyz').expect(200);

    await desk.pause({ paused: true, reason: 'to see it', expiresInSeconds: 60 }).expect(200);
    await screen.tap().expect(503);
    await desk.pause({ paused: false, reason: 'seen' }).expect(200);
    await desk.block(screen.identity).expect(200);
    await screen.tap().expect(429);
    expect((await desk.state(screen.identity).expect(200)).body.block.reason).toBe('push bombing');
    await desk.unblock(screen.identity).expect(204);
    await desk.reset(screen.identity).expect(201);
    const types = ['limits.reset', 'block.ended', 'block.set', 'resend.sent', 'session.registered'];
    const kept = async (query: object) => {
      const { body } = await desk.events({ ...query }).expect(200);
      return (body.events as { type: string }[]).map(({ type }) => type).filter((type) => !type.startsWith('pause'));
    };
    await until(
      'every event is kept of the user',
      async () => (await kept({ identity: screen.identity })).length === 5,
    );
    await until('and of all', async () => (await kept({})).length === 5);
    expect(await kept({ identity: screen.identity })).toEqual(types);
    expect(await kept({})).toEqual(types);
    expect(rig.logged()).not.toMatch(/audit\.lost|users-at-limit\.unwritten/);
    await rig.ops.get('/metrics').expect(200);
    expect(await denials(server.admin)).toEqual([]);
  });
});

/** How ioredis runs a script. */
const RUNS_SCRIPTS = new Set(['eval', 'evalsha']);

test.each(['push-resend-ledger', 'push-resend-sessions'])('%s has no right that is not used', (user) => {
  const source = globSync('libs/**/*.{lua,ts}')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const granted = rulesOf(user).flatMap((rule) => /^\+(.+)$/.exec(rule)?.[1] ?? []);
  const isUsed = (command: string) => new RegExp(`redis\\.call\\('${command}'|\\.${command}\\(`, 'i').test(source);
  expect(granted.filter((command) => !isUsed(command) && !RUNS_SCRIPTS.has(command))).toEqual([]);
});

test('one user with the rights of both may ask for counters, session and pause in one script', async () => {
  const server = await started.server();
  await admit(server.admin, 'push-resend-ledger', '~push-resend:session:*');
  const user = { REDIS_USERNAME: 'push-resend-ledger', REDIS_PASSWORD: PASSWORD };
  const { rig } = await startConsumerRig({ REDIS_URL: server.url, ...user });
  started.add(() => rig.close());
  const screen = await rig.login();
  await screen.tap().expect(201);
  await screen.look().expect(200);
  expect(await denials(server.admin)).toEqual([]);
});

describe('the documented user', () => {
  const lasting = new Started();
  let server: OwnServer;
  beforeAll(async () => {
    server = await serverWithUsers(lasting);
  });
  afterAll(() => lasting.stopAll());

  test.each([
    ['push-resend-ledger', ['GET', 'push-resend:session:stolen']],
    ['push-resend-ledger', ['GETDEL', 'push-resend:{user}']],
    ['push-resend-ledger', ['XRANGE', 'push-resend:audit', '-', '+']],
    ['push-resend-ledger', ['XDEL', 'push-resend:audit', '1-1']],
    ['push-resend-ledger', ['RENAME', 'push-resend:audit', 'push-resend:pause']],
    ['push-resend-ledger', ['KEYS', '*']],
    ['push-resend-ledger', ['SCAN', '0']],
    ['push-resend-ledger', ['CONFIG', 'GET', '*']],
    ['push-resend-ledger', ['FLUSHALL']],
    ['push-resend-ledger', ['MONITOR']],
    ['push-resend-ledger', ['SCRIPT', 'FLUSH']],
    ['push-resend-ledger', ['SUBSCRIBE', 'any']],
    ['push-resend-ledger', ['SET', 'push-resend:session:stolen', '1']],
    ['push-resend-ledger', ['DEL', 'foreign']],
    ['push-resend-ledger', ['EVAL', "return redis.call('SET', KEYS[1], 1)", '1', 'foreign']],
    ['push-resend-ledger', ['EVAL', "return redis.call('FLUSHALL')", '0']],
    ['push-resend-sessions', ['GET', 'push-resend:{user}']],
    ['push-resend-sessions', ['SET', 'push-resend:pause', 'for good']],
    ['push-resend-sessions', ['XREVRANGE', 'push-resend:audit', '+', '-']],
    ['push-resend-sessions', ['DEL', 'push-resend:audit']],
    ['push-resend-sessions', ['SET', 'push-resend:taps:somebody', '1']],
    ['push-resend-sessions', ['EVAL', 'return 1', '0']],
    ['push-resend-sessions', ['KEYS', '*']],
  ])('%s may not %j', async (username, [command = '', ...args]) => {
    const redis = started.client({ port: server.port, username, password: PASSWORD });
    await expect(redis.call(command, ...args)).rejects.toThrow(/NOPERM|can't run this command|can't access/);
  });
});

describe('the way in', () => {
  test('user, password and database number come from the URL', async () => {
    const server = await started.server();
    await server.admin.acl('SETUSER', 'some:body', 'on', '>p@ss/word', '+@all', '~*');
    await server.admin.acl('SETUSER', 'default', 'resetpass', '>for-the-admin-only');
    const url = `redis://some%3Abody:p%40ss%2Fword@127.0.0.1:${server.port}/3`;
    const { ledger } = await connected(started, { REDIS_URL: url });
    expect(await new Presses().press(ledgerOn(ledger), 'user')).toBe('sent');
    await server.admin.select(3);
    expect(await server.admin.keys('*')).toEqual(['push-resend:{user}']);
  });

  test.each([
    ['a user that may not SELECT', 3, ['-select'], "the 'select' command"],
    ['a database that the server does not have', 99, [], 'ERR DB index is out of range'],
  ])('with %s nothing goes to database 0: not ready, and the log says why', async (_, db, rights, reason) => {
    const server = await started.server();
    await server.admin.acl('SETUSER', 'somebody', 'on', `>${PASSWORD}`, '+@all', '~*', '&*', ...rights);
    const user = { REDIS_USERNAME: 'somebody', REDIS_PASSWORD: PASSWORD };
    const settings = settingsWith({ REDIS_URL: `${server.url}/${db}`, ...user });
    const redis = redisFrom(settings);
    let logged = '';
    const log = createLogger('debug', { write: (line: string) => void (logged += line) });
    if (!redis) throw new Error('the settings name no Redis');
    for (const connection of [redis.ledger, redis.sessions]) started.add(() => connection.disconnect());
    expect(await openRedis(redis, settings, log)).toBe(true);
    const readiness = new Readiness(redis, new Drain(), log);
    expect(await readiness.now()).toMatchObject({ ledger: false, sessions: false, instance: false });
    expect(await new Presses().press(ledgerOn(redis.ledger), 'user')).toBe('ledger-unavailable');
    await expect(redis.sessions.set('session', '1', 'EX', 60)).rejects.toThrow();
    expect(await server.admin.dbsize()).toBe(0);
    expect(logged).toContain(`Redis refuses database ${db}, so nothing is stored: `);
    expect(logged).toContain(reason);
    expect(logged.match(/redis\.error/g)).toHaveLength(2); // one for each connection, however often it tries

    if (rights.length === 0) return;
    await server.admin.acl('SETUSER', 'somebody', '+select');
    await until('it is ready', async () => (await readiness.now()).instance);
  });

  test('nobody gets in with a wrong password, and it is never told', async () => {
    const server = await serverWithUsers();
    const failed = connected(started, { ...server.environment, REDIS_PASSWORD: 'a-wrong-password' });
    await expect(failed).rejects.not.toThrow(/a-wrong-password/);
  });

  test('two services with different prefixes do not see each other in one Redis', async () => {
    const { ledger } = await connected(started, { REDIS_URL: (await started.server()).url });
    const presses = new Presses();
    expect(await presses.press(ledgerOn(ledger, { keyPrefix: 'one:' }), 'user')).toBe('sent');
    expect(await presses.press(ledgerOn(ledger, { keyPrefix: 'two:' }), 'user')).toBe('sent');
    expect(await presses.press(ledgerOn(ledger, { keyPrefix: 'two:' }), 'user')).toBe('cooling-down');
  });
});

describe('over TLS', () => {
  function certificate(commonName?: string) {
    const { directory, ...files } = certificateFiles(commonName);
    started.add(() => rmSync(directory, { recursive: true, force: true }));
    return files;
  }

  test('a server with a private CA is trusted only with that CA', async () => {
    const { cert, key } = certificate();
    const tlsPort = String(await freePort());
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
    await started.server('--tls-port', tlsPort, ...files, '--tls-auth-clients', 'no');
    const url = `rediss://127.0.0.1:${tlsPort}`;
    const { ledger } = await connected(started, { REDIS_URL: url, REDIS_CA_FILE: cert });
    expect(await new Presses().press(ledgerOn(ledger), 'user')).toBe('sent');
    await expect(connected(started, { REDIS_URL: url })).rejects.toThrow();
    await expect(connected(started, { REDIS_URL: url, REDIS_CA_FILE: certificate().cert })).rejects.toThrow();
  });

  test('a server with mutual TLS is reached with a client certificate, and with a separate server name', async () => {
    const server = certificate('redis.example.com');
    const client = certificate();
    const tlsPort = String(await freePort());
    const files = ['--tls-cert-file', server.cert, '--tls-key-file', server.key, '--tls-ca-cert-file', client.cert];
    await started.server('--tls-port', tlsPort, ...files);
    const url = { REDIS_URL: `rediss://localhost:${tlsPort}`, REDIS_CA_FILE: server.cert };
    const known = { REDIS_CERT_FILE: client.cert, REDIS_KEY_FILE: client.key };
    const named = { REDIS_TLS_SERVERNAME: 'redis.example.com' };
    const { ledger, sessions } = await connected(started, { ...url, ...known, ...named });
    expect(await new Presses().press(ledgerOn(ledger), 'user')).toBe('sent');
    expect(await sessions.get('any')).toBeNull();
    await expect(connected(started, { ...url, ...named })).rejects.toThrow();
    await expect(connected(started, { ...url, ...known })).rejects.toThrow();
  });

  test('sentinels and their primary are reached, each as its documented user, and replicas are waited for', async () => {
    const tls = certificate();
    const set = await startSentinelSet(started, { replicas: 1, sentinels: 1, tls });
    const [sentinel] = set.sentinels;
    const { admin } = await set.primary();
    if (!sentinel) throw new Error('a set has sentinels');
    await admit(sentinel, 'push-resend');
    await admit(admin, 'push-resend-ledger');
    const { ledger, replicas } = await connected(started, {
      ...set.environment,
      REDIS_TLS: 'true',
      REDIS_CA_FILE: tls.cert,
      REDIS_USERNAME: 'push-resend-ledger',
      REDIS_PASSWORD: PASSWORD,
      REDIS_SENTINEL_USERNAME: 'push-resend',
      REDIS_SENTINEL_PASSWORD: PASSWORD,
      REDIS_WAIT_REPLICAS: 'all',
    });
    const waiting = ledgerOn(ledger, { ...(replicas && { replicas }) });
    await until('a tap is sent', async () => (await new Presses().press(waiting, 'user')) === 'sent');
    for (const one of [sentinel, admin]) expect(await denials(one)).toEqual([]);
  });

  test('sentinels may have TLS where the data has none, and the other way round', async () => {
    const { cert, key, ca } = certificate();
    const dataTls = String(await freePort());
    const files = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ];
    const primary = await started.server('--tls-port', dataTls, ...files);
    const watching = (named: string | number, ...listen: string[]) => {
      const { directory } = certificateFiles();
      started.add(() => rmSync(directory, { recursive: true, force: true }));
      const file = join(directory, 'sentinel.conf');
      writeFileSync(file, `bind 127.0.0.1\ndir ${directory}\nsentinel monitor own 127.0.0.1 ${named} 1\n`);
      started.spawned(file, '--sentinel', ...files, ...listen);
    };
    const [plain, tls] = [String(await freePort()), String(await freePort())];
    watching(primary.port, '--port', '0', '--tls-port', tls);
    watching(dataTls, '--port', plain);
    for (const [port, more] of [
      [tls, { REDIS_SENTINEL_TLS: 'true', REDIS_CA_FILE: cert }],
      [plain, { REDIS_SENTINEL_TLS: 'false', REDIS_TLS: 'true', REDIS_CA_FILE: cert }],
    ] as const) {
      const access = started.client({
        port: Number(port),
        enableReadyCheck: false,
        ...(port === tls && { tls: { ca } }),
      });
      await until('the sentinel answers', async () => (await access.ping()) === 'PONG');
      const environment = { REDIS_SENTINELS: `127.0.0.1:${port}`, REDIS_SENTINEL_NAME: 'own', ...more };
      const { ledger } = await connected(started, environment);
      expect(await new Presses().press(ledgerOn(ledger), `user of ${port}`)).toBe('sent');
    }
  });
});
