/** What is asked at the door, when its replies are late, lost or in another order. */
import { afterEach, describe, expect, test } from 'vitest';
import { RedisPause } from '@ledger/pause.js';
import { Front } from '@nest/public/front.js';
import { RedisThrottlerStorage } from '@nest/throttling/redis-storage.js';
import { connectLedger, connectSessions, type RedisConnection } from '@redis/connection.js';
import { endpointOf } from '@redis/endpoint.js';
import type { Refusal } from '@resend/refusals.js';
import { RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { startRig } from '../support/rig.js';
import { Started, until } from './own-servers.js';
import { KEY_PREFIX } from './pressing.js';
import { startProxy, type TcpProxy } from './tcp-proxy.js';

const started = new Started();
afterEach(() => started.stopAll());

const TIMEOUT_MS = 1000;

async function proxied(port: number): Promise<TcpProxy> {
  const proxy = await startProxy(port);
  started.add(() => proxy.close());
  return proxy;
}

async function opened<Connection extends RedisConnection>(connection: Connection): Promise<Connection> {
  connection.on('error', () => undefined);
  started.add(() => connection.disconnect());
  await connection.connect();
  return connection;
}

describe('in one script', () => {
  test.each([
    { name: 'late', strike: (proxy: TcpProxy) => proxy.hold('replies') },
    { name: 'never asked for', strike: (proxy: TcpProxy) => proxy.hold('requests') },
    {
      name: 'lost with the connection',
      strike: (proxy: TcpProxy) => {
        proxy.hold('replies');
        setTimeout(() => proxy.reset(), 20);
      },
    },
  ])('a reply that is $name refuses the tap, sends nothing, and heals', async ({ strike }) => {
    const proxy = await proxied((await started.server()).port);
    const rig = await startRig({
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      REDIS_COMMAND_TIMEOUT_MS: String(TIMEOUT_MS),
    });
    started.add(() => rig.close());
    const screen = await rig.login();
    strike(proxy);
    const { body } = await screen.tap().expect(503);
    expect(body).toMatchObject({ code: 'ledger-unavailable', retryable: true });
    expect(await screen.created()).toBe(0);
    proxy.hold('nothing');
    await until('a tap is sent', async () => (await screen.tap()).status === 201);
    expect(await screen.created()).toBe(1);
  });
});

/** A front whose sessions are in a Redis of their own. */
async function apart() {
  const [own, other] = [await proxied((await started.server()).port), await proxied((await started.server()).port)];
  const options = { commandTimeoutMs: TIMEOUT_MS };
  const ledger = await opened(connectLedger(`redis://127.0.0.1:${own.port}`, options));
  const redis = await opened(connectSessions(endpointOf(`redis://127.0.0.1:${other.port}`), options));
  const sessions = new TokenSessions(new RedisSessionStore(redis, KEY_PREFIX));
  const { token } = await sessions.register({ identity: 'somebody-0001' }, 60);
  const pause = new RedisPause(ledger, KEY_PREFIX);
  const front = new Front({ storage: new RedisThrottlerStorage(ledger, KEY_PREFIX), pause, areSessionsStored: true });
  const ask = (credential = token) =>
    front.ask([{ key: 'taps:address:192.0.2.1', limit: 2, ttl: 60_000 }], {
      counter: 'any',
      find: (read) => sessions.find(credential, read),
    });
  return { own, other, ask, pause };
}

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    ({ code }: Refusal) => code,
  );

describe('with sessions in a Redis of their own', () => {
  test('a session’s reply that is late fails the session alone, and heals', async () => {
    const { other, ask } = await apart();
    other.hold('replies');
    const { over, session, paused } = ask();
    expect(await over).toBeUndefined();
    expect(await codeOf(session)).toBe('session-unavailable');
    expect(await paused).toBeUndefined();
    other.hold('nothing');
    await until('the session is found', async () => typeof (await ask().session) === 'object');
  });

  test('counters that are late fail counters and pause, whenever the session is found', async () => {
    const { own, ask } = await apart();
    own.hold('replies');
    const { over, session, paused } = ask();
    expect(await session).toEqual({ identity: 'somebody-0001' });
    expect(await codeOf(over)).toBe('ledger-unavailable');
    expect(await codeOf(paused)).toBe('ledger-unavailable');
    own.hold('nothing');
    await until('it is counted', async () => (await codeOf(ask().over)) === 'answered');
  });

  test('a session’s reply that comes first changes nothing', async () => {
    const { own, ask, pause } = await apart();
    await pause.begin('to see it', 60_000);
    own.hold('replies');
    const { over, session, paused } = ask();
    expect(await session).toEqual({ identity: 'somebody-0001' });
    own.hold('nothing');
    expect(await over).toBeUndefined();
    expect(await paused).toMatchObject({ reason: 'to see it' });
  });

  test('a request over its limit is told so without waiting for its session', async () => {
    const { other, ask } = await apart();
    for (let time = 0; time < 2; time++) expect(await ask().over).toBeUndefined();
    other.hold('replies');
    const { over, session } = ask();
    let isSessionKnown = false;
    void session.finally(() => (isSessionKnown = true)).catch(() => undefined);
    expect(await over).toMatchObject({ key: 'taps:address:192.0.2.1' });
    expect(isSessionKnown).toBe(false);
    expect(await codeOf(session)).toBe('session-unavailable');
  });
});
