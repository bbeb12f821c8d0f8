/** What only the audit trail in Redis can get wrong: keys without an end, no Redis, and entries that are not events. */
import { describe, expect, test } from 'vitest';
import { openRedis, RETENTION_MS } from './audit-trails.js';

const done = { type: 'resend.sent', user: 'user-a', actor: 'session' } as const;
const OLD = `${Date.now() - RETENTION_MS - 1000}-0`;

test('both keys expire with the retention after the last event', async () => {
  await using opened = await openRedis();
  opened.trail.record(done);
  await opened.settled();
  const keys = await opened.keys();
  expect(keys.toSorted()).toEqual([`${opened.keyPrefix}audit`, `${opened.keyPrefix}{user-a}:audit`]);
  for (const key of keys) {
    const leftMs = await opened.redis.pttl(key);
    expect(leftMs).toBeGreaterThan(RETENTION_MS - 60_000);
    expect(leftMs).toBeLessThanOrEqual(RETENTION_MS);
  }
});

test('an event whose retention is over is gone from memory with the next one', async () => {
  await using opened = await openRedis();
  const [all, own] = [`${opened.keyPrefix}audit`, `${opened.keyPrefix}{user-a}:audit`];
  const json = JSON.stringify({ ...done, id: 'old', occurredAt: 'long ago' });
  await opened.redis.xadd(all, OLD, 'event', json);
  await opened.redis.lpush(own, `${OLD} ${json}`, `${OLD} ${json}`);
  opened.trail.record(done);
  await opened.settled();
  expect(await opened.redis.xlen(all)).toBe(1);
  expect(await opened.redis.llen(own)).toBe(1);
});

test('what was done to everybody is in nobody’s key', async () => {
  await using opened = await openRedis();
  opened.trail.record({ type: 'pause.set', actor: 'key:ops' });
  await opened.settled();
  expect(await opened.keys()).toEqual([`${opened.keyPrefix}audit`]);
});

test('a rare type is found page by page, and no page reads without end', async () => {
  await using opened = await openRedis({ maxEvents: 20_000 });
  opened.trail.record({ type: 'pause.set', actor: 'key:ops' });
  await opened.settled();
  const pipeline = opened.redis.pipeline();
  const json = JSON.stringify({ ...done, id: 'x', occurredAt: new Date().toISOString() });
  for (let count = 0; count < 11_000; count++) pipeline.xadd(`${opened.keyPrefix}audit`, '*', 'event', json);
  await pipeline.exec();
  const sizes: number[] = [];
  let before: string | undefined;
  do {
    const page = await opened.trail.page({ type: 'pause.set', limit: 10, ...(before !== undefined && { before }) });
    sizes.push(page.events.length);
    before = page.before;
  } while (before !== undefined);
  expect(sizes).toEqual([0, 0, 1]);
});

test('what can not be kept is told once, with the whole event, and fails nobody', async () => {
  await using opened = await openRedis();
  opened.redis.disconnect();
  opened.trail.record(done);
  await opened.settled();
  expect(opened.lost).toEqual([{ event: expect.objectContaining(done), error: expect.any(Error) }]);
  await expect(opened.trail.page({ limit: 1 })).rejects.toThrow('ledger-unavailable');
});

test('where only the stream of everybody can not be written, the user’s own events are kept', async () => {
  await using opened = await openRedis();
  await opened.redis.set(`${opened.keyPrefix}audit`, 'no stream');
  opened.trail.record(done);
  await opened.settled();
  expect(opened.lost).toHaveLength(1);
  expect((await opened.trail.page({ user: 'user-a', limit: 1 })).events).toEqual([expect.objectContaining(done)]);
});

describe.each([
  ['cut off', '{"id":"018f","type":"resend.s'],
  ['empty', ''],
  ['JSON, but no record', 'null'],
  ['a record without the fields of an event', '{"type":"resend.sent"}'],
])('an entry that is %s', (_, entry) => {
  test('is reported and left out of the pages, which have the others', async () => {
    await using opened = await openRedis();
    const [all, own] = [`${opened.keyPrefix}audit`, `${opened.keyPrefix}{user-a}:audit`];
    const place = await opened.redis.xadd(all, '*', 'event', entry);
    await opened.redis.lpush(own, `${place} ${entry}`);
    opened.trail.record(done);
    await opened.settled();
    for (const query of [{}, { user: 'user-a' }]) {
      opened.unreadable.length = 0;
      const page = await opened.trail.page({ ...query, limit: 1 });
      expect(page).toEqual({ events: [expect.objectContaining(done)] });
      expect(opened.unreadable).toEqual([place]);
    }
  });
});

test.each(['', 'no place {}', '1-1', '{"id":"1","type":"resend.sent","occurredAt":"now"}', `${'9'.repeat(40)}-0 {}`])(
  'a user’s entry without a place, %j, is reported, and keeps no event from being added',
  async (entry) => {
    await using opened = await openRedis();
    await opened.redis.lpush(`${opened.keyPrefix}{user-a}:audit`, entry);
    expect(await opened.trail.page({ user: 'user-a', limit: 1 })).toEqual({ events: [] });
    expect(opened.unreadable).toEqual(['unknown']);
    opened.trail.record(done);
    await opened.settled();
    expect(opened.lost).toEqual([]);
    expect((await opened.trail.page({ user: 'user-a', limit: 9 })).events).toEqual([expect.objectContaining(done)]);
  },
);
