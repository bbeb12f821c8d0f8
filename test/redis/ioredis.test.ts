/**
 * What ioredis does with a script whose answer is lost, with the ledger's options and with others. Pinned, so that an
 * upgrade that changes it is noticed: then read connection.ts again.
 */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Redis, type RedisOptions } from 'ioredis';
import { connectLedger } from '@redis/connection.js';
import { type OwnServer, Started, until } from './own-servers.js';
import { startProxy, type TcpProxy } from './tcp-proxy.js';

const started = new Started();
let server: OwnServer;
let proxy: TcpProxy;

beforeEach(async () => {
  server = await started.server();
  proxy = await startProxy(server.port);
  started.add(() => proxy.close());
});
afterEach(() => started.stopAll());

type Counting = Redis & { countRun?: (key: string) => Promise<number> };

async function connected(redis: Redis): Promise<Counting> {
  redis.on('error', () => undefined);
  started.add(() => redis.disconnect());
  redis.defineCommand('countRun', { numberOfKeys: 1, lua: "return redis.call('INCR', KEYS[1])" });
  if (redis.status === 'wait') await redis.connect();
  await until('it is connected', () => redis.status === 'ready');
  return redis;
}

const withLedgerOptions = () => connected(connectLedger(`redis://127.0.0.1:${proxy.port}`, { commandTimeoutMs: 1000 }));
const withOptions = (options: Omit<RedisOptions, 'replyMapping'>) =>
  connected(new Redis({ port: proxy.port, ...options }));

const runs = async () => Number(await server.admin.get('runs'));

/** Runs a script, loses its answer, resets the connection, and waits for the next one. */
async function loseTheAnswerOf(redis: Counting): Promise<{ readonly outcome: string }> {
  const end = { outcome: 'never settled' };
  proxy.hold('replies');
  redis.countRun?.('runs').then(
    (reply) => (end.outcome = `answered ${reply}`),
    (error: Error) => (end.outcome = error.message),
  );
  await until('the script has run', async () => (await runs()) === 1);
  await reset(redis);
  return end;
}

async function reset(redis: Counting): Promise<void> {
  const closed = new Promise((resolve) => redis.once('close', resolve));
  proxy.reset();
  await closed;
  proxy.hold('nothing');
  await until('it is connected again', async () => (await redis.ping()) === 'PONG');
}

describe('a script whose answer is lost', () => {
  test('runs once and is an error with the ledger’s options', async () => {
    const end = await loseTheAnswerOf(await withLedgerOptions());
    expect(end.outcome).toContain('max retries per request');
    expect(await runs()).toBe(1);
  });

  test('runs twice with the defaults', async () => {
    const end = await loseTheAnswerOf(await withOptions({}));
    await until('it is answered', () => end.outcome === 'answered 2');
    expect(await runs()).toBe(2);
  });

  test('runs twice with one retry', async () => {
    const end = await loseTheAnswerOf(await withOptions({ maxRetriesPerRequest: 1 }));
    await until('it is answered', () => end.outcome === 'answered 2');
  });

  test('runs once more after the caller was told that it timed out, with the defaults and a deadline', async () => {
    const redis = await withOptions({ commandTimeout: 200 });
    proxy.hold('replies');
    await expect(redis.countRun?.('runs')).rejects.toThrow('Command timed out');
    await reset(redis);
    await until('it has run twice', async () => (await runs()) === 2);
  });

  test('is never settled when it only must not be sent again', async () => {
    const end = await loseTheAnswerOf(await withOptions({ autoResendUnfulfilledCommands: false }));
    expect(end.outcome).toBe('never settled');
    expect(await runs()).toBe(1);
  });
});

describe('with the ledger’s options a script', () => {
  test('that never arrived does not run later', async () => {
    const redis = await withLedgerOptions();
    proxy.hold('requests');
    const answer = expect(redis.countRun?.('runs')).rejects.toThrow();
    await reset(redis);
    await answer;
    expect(await runs()).toBe(0);
  });

  test('is refused at once while there is no connection', async () => {
    const redis = await withLedgerOptions();
    await proxy.close();
    await until('the connection is lost', () => redis.status !== 'ready');
    const refused = redis.countRun?.('runs').then(String, (error: Error) => error.message);
    expect(await Promise.race([refused, setImmediate('it waits')])).toContain('enableOfflineQueue');
  });

  test('has a deadline, and a peer that went without a word is let go', async () => {
    const redis = await connected(connectLedger(`redis://127.0.0.1:${proxy.port}`, { commandTimeoutMs: 100 }));
    proxy.hold('replies');
    await expect(redis.countRun?.('runs')).rejects.toThrow('Command timed out');
    await until('the connection is given up', () => redis.status !== 'ready');
    proxy.reset();
    proxy.hold('nothing');
    await until('it answers again', async () => (await redis.ping()) === 'PONG');
    expect(await runs()).toBe(1);
  });
});
