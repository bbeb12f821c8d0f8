/** A failover behind one name, such as a managed Redis has, which leaves the old primary reachable on open connections. */
import { EventEmitter } from 'node:events';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { followingPrimary } from '@redis/following-primary.js';
import { startRig } from '../support/rig.js';
import { connected } from './connected.js';
import { Started, until } from './own-servers.js';
import { startProxy } from './tcp-proxy.js';

const started = new Started();
afterEach(() => started.stopAll());

/** A server and the one that takes over, behind one name. */
async function pair() {
  const atOnce = ['--repl-diskless-sync-delay', '0'];
  const [old, next] = [await started.server(...atOnce), await started.server(...atOnce)];
  const name = await startProxy(old.port);
  started.add(() => name.close());
  const url = `redis://127.0.0.1:${name.port}`;
  // Of a user of their own: otherwise the ledger's connection reads the sessions.
  const environment = { REDIS_URL: url, REDIS_SESSION_USERNAME: 'default', REDIS_SESSION_PASSWORD: 'any' };
  return { old, next, name, environment };
}

test('a session that was deleted on the new primary is not found on the old one, and sends no push', async () => {
  const { old, next, name, environment } = await pair();
  const rig = await startRig(environment);
  started.add(() => rig.close());
  const screen = await rig.login();
  await screen.tap().expect(201);
  await next.admin.replicaof('127.0.0.1', old.port);
  await until('it has the session', async () => (await next.admin.dbsize()) >= (await old.admin.dbsize()));

  await next.admin.replicaof('NO', 'ONE');
  name.leadTo(next.port);
  await old.admin.replicaof('127.0.0.1', 1); // demoted, and cut off from the new one
  for (const key of await next.admin.keys('*session:*')) await next.admin.del(key);
  await until('the session is gone', async () => (await screen.look()).status === 401);
  rig.wait(60);
  await screen.tap().expect(401);
  expect(await screen.created()).toBe(1);
});

test('sessions go where the ledger goes, even if the old server still calls itself a primary', async () => {
  const { next, name, environment } = await pair();
  const { ledger, sessions } = await connected(started, environment);
  await next.admin.set('here', 'next');
  name.leadTo(next.port);
  expect(await sessions.get('here')).toBeNull();
  ledger.disconnect(true);
  await until('they have followed', async () => (await sessions.get('here')) === 'next', 1500);
});

test('sessions leave a server that is a primary no more, though nobody writes', async () => {
  const { old, next, name, environment } = await pair();
  const { sessions } = await connected(started, environment);
  await next.admin.set('here', 'next');
  name.leadTo(next.port);
  await old.admin.replicaof('127.0.0.1', 1);
  await until('they have left', async () => (await sessions.get('here')) === 'next');
});

test('a connection that has never seen a primary is left where it is', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const replica = Object.assign(new EventEmitter(), { info: vi.fn(), disconnect: vi.fn(), role: 'slave' });
  replica.info.mockImplementation(async () => `# Replication\r\nrole:${replica.role}\r\n`);
  followingPrimary(replica as never).emit('ready');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(replica.info.mock.calls.length).toBeGreaterThan(10);
  expect(replica.disconnect).not.toHaveBeenCalled();

  replica.role = 'master';
  await vi.advanceTimersByTimeAsync(3000);
  replica.info.mockRejectedValueOnce(new Error('NOPERM'));
  await vi.advanceTimersByTimeAsync(2000);
  expect(replica.disconnect).not.toHaveBeenCalled();
  replica.role = 'slave';
  await vi.advanceTimersByTimeAsync(3000);
  expect(replica.disconnect).toHaveBeenCalledWith(true);
});
