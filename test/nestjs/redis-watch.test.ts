/** What the log says of a connection to Redis that comes and goes. */
import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { watchRedis } from '@nest/lifecycle/redis-watch.js';
import type { RedisConnection } from '@redis/connection.js';
import type { LogLine } from '@telemetry/log.js';

let lines: string[];
let ledger: EventEmitter;
let sessions: EventEmitter;
beforeEach(() => {
  lines = [];
  [ledger, sessions] = [new EventEmitter(), new EventEmitter()];
  const keep = ({ event, connection, err }: LogLine) =>
    void lines.push([event, connection, err instanceof Error ? err.message : ''].join(' ').trim());
  const log = { debug: keep, info: keep, warn: keep, error: keep };
  const connections = { ledger, sessions } as unknown as Record<'ledger' | 'sessions', RedisConnection>;
  watchRedis(connections, log);
});

test('a loss is one line with its first error, however often it is tried, and so is the return', async () => {
  ledger.emit('ready');
  ledger.emit('error', new Error('refused'));
  ledger.emit('close');
  ledger.emit('error', new Error('refused again'));
  await nextTurn();
  ledger.emit('ready');
  ledger.emit('ready');
  expect(lines).toEqual(['redis.error ledger refused', 'redis.back ledger']);
});

test('a loss without an error is told, too, and each loss anew', async () => {
  for (let time = 0; time < 2; time++) {
    ledger.emit('close');
    await nextTurn();
    ledger.emit('ready');
  }
  expect(lines).toEqual(['redis.error ledger', 'redis.back ledger', 'redis.error ledger', 'redis.back ledger']);
});

test('each connection is watched by itself, and one that we close is not lost', async () => {
  sessions.emit('error', new Error('reset'));
  ledger.emit('close');
  ledger.emit('end');
  await nextTurn();
  expect(lines).toEqual(['redis.error sessions reset']);
});
