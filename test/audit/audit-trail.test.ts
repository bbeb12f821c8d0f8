/** One suite for both audit trails: what is kept, for how long, and how it is found again. */
import { describe, expect, test } from 'vitest';
import type { AuditEntry, AuditPage, AuditQuery, AuditTrail } from '@audit/audit-trail.js';
import { type Caps, openMemory, openRedis, RETENTION_MS } from './audit-trails.js';

const DAY_MS = 86_400_000;

function entry(more: Partial<AuditEntry> = {}): AuditEntry {
  return { type: 'resend.sent', user: 'user-a', actor: 'session', ...more };
}

/** Every page from the newest on. */
async function pages(trail: AuditTrail, query: AuditQuery): Promise<AuditPage[]> {
  const all = [await trail.page(query)];
  for (let before = all[0]?.before; before !== undefined; before = all.at(-1)?.before) {
    all.push(await trail.page({ ...query, before }));
    if (all.length > 100) throw new Error('the pages never end');
  }
  return all;
}

const referencesOf = (found: AuditPage[]) => found.flatMap(({ events }) => events.map(({ reference }) => reference));

describe.each([
  ['in memory', openMemory],
  ['in Redis', openRedis],
])('the audit trail %s', (_name, open: (caps?: Caps) => ReturnType<typeof openMemory>) => {
  /** Records `0`, `1`, …: one after another, so that their order is known. */
  async function filled(count: number, caps?: Caps, what: (index: number) => Partial<AuditEntry> = () => ({})) {
    const opened = await open(caps);
    for (let index = 0; index < count; index++) {
      opened.trail.record(entry({ reference: String(index), ...what(index) }));
      await opened.settled();
    }
    return opened;
  }

  test('tells an event as it was recorded, with an id and a time', async () => {
    await using opened = await open();
    const recorded: AuditEntry = {
      type: 'block.set',
      user: 'user-a',
      challengeSid: `YC${'1'.repeat(32)}`,
      actor: 'key:desk',
      reason: 'push bombing, "INC-991" – ünïcode',
      reference: 'INC-991',
      requestId: 'request-1',
      changes: { expiresAt: '2026-03-02T11:00:00.000Z', used: 5 },
    };
    opened.trail.record(recorded);
    await opened.settled();
    const { events, before } = await opened.trail.page({ limit: 10 });
    expect(events).toEqual([
      { ...recorded, id: expect.stringMatching(/^[0-9a-f]{32}$/), occurredAt: expect.any(String) },
    ]);
    expect(Math.abs(Date.parse(events[0]?.occurredAt ?? '') - Date.now())).toBeLessThan(60_000);
    expect(before).toBeUndefined();
    expect((await opened.trail.page({ user: 'user-a', limit: 10 })).events).toEqual(events);
  });

  test('tells nothing where nothing was done', async () => {
    await using opened = await open();
    expect(await opened.trail.page({ limit: 10 })).toEqual({ events: [] });
    expect(await opened.trail.page({ user: 'user-a', limit: 10 })).toEqual({ events: [] });
  });

  test.each([[undefined], ['user-a']])(
    'tells the newest first, page by page, each event once (user %s)',
    async (user) => {
      await using opened = await filled(7);
      const found = await pages(opened.trail, { limit: 3, ...(user !== undefined && { user }) });
      expect(found.map(({ events }) => events.length)).toEqual([3, 3, 1]);
      expect(referencesOf(found)).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    },
  );

  test.each([[undefined], ['user-a']])('has no next page after one that is exactly full (user %s)', async (user) => {
    await using opened = await filled(4);
    const found = await pages(opened.trail, { limit: 2, ...(user !== undefined && { user }) });
    expect(found.map(({ before }) => before === undefined)).toEqual([false, true]);
  });

  test.each([[undefined], ['user-a']])('moves no page by what is done meanwhile (user %s)', async (user) => {
    await using opened = await filled(4);
    const query = { limit: 2, ...(user !== undefined && { user }) };
    const first = await opened.trail.page(query);
    opened.trail.record(entry({ reference: 'later' }));
    await opened.settled();
    const second = await opened.trail.page({ ...query, ...(first.before !== undefined && { before: first.before }) });
    expect(referencesOf([first, second])).toEqual(['3', '2', '1', '0']);
  });

  test('tells of one user only, and of everybody where none is asked for', async () => {
    await using opened = await filled(6, {}, (index) => ({ user: index % 2 ? 'user-a' : 'user-b' }));
    opened.trail.record({ type: 'pause.set', actor: 'key:ops', reference: 'everybody' });
    await opened.settled();
    expect(referencesOf([await opened.trail.page({ user: 'user-a', limit: 10 })])).toEqual(['5', '3', '1']);
    expect(referencesOf([await opened.trail.page({ user: 'user-c', limit: 10 })])).toEqual([]);
    expect(referencesOf([await opened.trail.page({ limit: 2 })])).toEqual(['everybody', '5']);
  });

  test.each([[undefined], ['user-a']])('finds one type among others, over pages (user %s)', async (user) => {
    await using opened = await filled(9, {}, (index) => ({ type: index % 3 === 0 ? 'limits.reset' : 'resend.sent' }));
    const found = await pages(opened.trail, { type: 'limits.reset', limit: 2, ...(user !== undefined && { user }) });
    expect(referencesOf(found)).toEqual(['6', '3', '0']);
    expect(found.at(-1)?.before).toBeUndefined();
  });

  test('keeps so many of everybody, and the oldest goes first', async () => {
    await using opened = await filled(8, { maxEvents: 5 }, (index) => ({ user: `user-${index}` }));
    expect(referencesOf(await pages(opened.trail, { limit: 2 }))).toEqual(['7', '6', '5', '4', '3']);
  });

  test('keeps so many of one user, however many others do', async () => {
    await using opened = await filled(8, { maxEventsOfUser: 3 }, (index) => ({
      user: index < 5 ? 'user-a' : 'user-b',
    }));
    expect(referencesOf(await pages(opened.trail, { user: 'user-a', limit: 2 }))).toEqual(['4', '3', '2']);
    expect(referencesOf(await pages(opened.trail, { limit: 10 }))).toHaveLength(8);
  });

  test.each([[undefined], ['user-a']])(
    'tells an event until its retention is over, and not after (user %s)',
    async (user) => {
      await using opened = await filled(2);
      const query = { limit: 10, ...(user !== undefined && { user }) };
      opened.pass(RETENTION_MS - DAY_MS);
      expect((await opened.trail.page(query)).events).toHaveLength(2);
      opened.pass(2 * DAY_MS);
      expect(await opened.trail.page(query)).toEqual({ events: [] });
      expect(await opened.trail.page({ ...query, type: 'resend.sent' })).toEqual({ events: [] });
    },
  );

  test('keeps every one of many events at once, each once', async () => {
    await using opened = await open();
    for (let index = 0; index < 300; index++) {
      opened.trail.record(entry({ reference: String(index), user: `user-${index % 3}` }));
    }
    await opened.settled();
    const all = referencesOf(await pages(opened.trail, { limit: 50 }));
    expect(new Set(all).size).toBe(300);
    expect(all).toHaveLength(300);
    const ofUser = referencesOf(await pages(opened.trail, { user: 'user-1', limit: 50 }));
    expect(ofUser).toEqual(all.filter((reference) => Number(reference) % 3 === 1));
  });
});
