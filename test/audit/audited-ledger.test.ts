/** Which words to the ledger are events, and which are not. */
import { beforeEach, expect, test } from 'vitest';
import type { AuditEvent } from '@audit/audit-trail.js';
import { AuditedLedgers } from '@audit/audited-ledger.js';
import { MemoryAuditTrail } from '@audit/memory-audit-trail.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import type { ChallengeFact, Ledger } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { POLICY, TestClock } from '../support/ledger-on-test-clock.js';

const WHO = 'somebody-0001';
const SID = `YC${'a'.repeat(32)}`;
const pending: ChallengeFact = {
  kind: 'fetched',
  status: 'pending',
  isPush: true,
  ageMs: 60_000,
  remainingMs: 540_000,
};
const sent = { outcome: 'sent', sid: `NT${'b'.repeat(32)}`, ttlSeconds: 56 } as const;

let clock: TestClock;
let ledgers: AuditedLedgers;
let ledger: Ledger;
let plain: InProcessLedger;
let events: AuditEvent[];
beforeEach(() => {
  clock = new TestClock();
  events = [];
  const now = () => clock.now;
  const audit = new MemoryAuditTrail({
    maxEvents: 100,
    maxEventsOfUser: 100,
    retentionMs: 1,
    now,
    onEvent: (event) => void events.push(event),
  });
  plain = new InProcessLedger(POLICY, now);
  ledgers = new AuditedLedgers(plain, {
    audit,
    hashOf: (identity) => `hash of ${identity}`,
    nameOf: ({ windowMs }) => `user-${windowMs / 60_000}m`,
    now,
  });
  ledger = ledgers.by({ actor: 'key:desk', reason: 'why', reference: 'case-1', requestId: 'request-1' });
});

let ids = 0;
async function dispatched(challengeSid = SID): Promise<{ id: string; challengeSid: string }> {
  const id = `id-${++ids}`;
  await ledger.reserve(WHO, { id, challengeSid });
  await ledger.dispatch(WHO, { id, challengeSid, fact: pending });
  return { id, challengeSid };
}

const told = () => events.map(({ type, changes }) => ({ type, ...(changes && { changes }) }));

test('a resend that was sent is one, with who, why and for which request', async () => {
  await ledger.settle(WHO, { ...(await dispatched()), settlement: sent });
  expect(events).toEqual([
    {
      id: expect.any(String),
      type: 'resend.sent',
      occurredAt: '2026-03-02T10:00:00.000Z',
      user: `hash of ${WHO}`,
      actor: 'key:desk',
      reason: 'why',
      reference: 'case-1',
      requestId: 'request-1',
      challengeSid: SID,
      changes: { ttlSeconds: 56 },
    },
  ]);
});

test('each is recorded as theirs who asked, also while somebody else does', async () => {
  const [phone, webhook] = [ledgers.by({ actor: 'session', requestId: 'request-2' }), ledgers.by({ actor: 'twilio' })];
  const resend = await dispatched();
  await Promise.all([
    phone.settle(WHO, { ...resend, settlement: sent }),
    webhook.learn(WHO, SID, { kind: 'responded', status: 'approved' }),
  ]);
  expect(events.map(({ type, actor, requestId, reason }) => ({ type, actor, requestId, reason }))).toEqual([
    { type: 'resend.sent', actor: 'session', requestId: 'request-2' },
    { type: 'challenge.approved', actor: 'twilio' },
  ]);
});

test('one whose outcome nobody knows is one, and one that was not sent is none', async () => {
  await ledger.settle(WHO, { ...(await dispatched()), settlement: { outcome: 'unknown' } });
  clock.pass(60_000);
  await ledger.settle(WHO, { ...(await dispatched(`YC${'c'.repeat(32)}`)), settlement: { outcome: 'notSent' } });
  expect(told()).toEqual([{ type: 'resend.unknown' }]);
});

test('what Twilio has sent is one also when the ledger can not write it down any more', async () => {
  const resend = await dispatched();
  plain.run = () => Promise.reject(new Refusal('ledger-unavailable'));
  await expect(ledger.settle(WHO, { ...resend, settlement: sent })).rejects.toThrow('ledger-unavailable');
  expect(told()).toEqual([{ type: 'resend.sent', changes: { ttlSeconds: 56 } }]);
});

test.each(['approved', 'denied'] as const)(
  'a Challenge that was %s is one, once, with what resending did for it',
  async (status) => {
    await ledger.settle(WHO, { ...(await dispatched()), settlement: sent });
    clock.pass(12_500);
    await ledger.learn(WHO, SID, { kind: 'responded', status });
    await ledger.learn(WHO, SID, { kind: 'responded', status });
    await ledger.look(WHO, SID);
    expect(told().slice(1)).toEqual([
      { type: `challenge.${status}`, changes: { resends: 1, sinceLastResendSeconds: 12 } },
    ]);
  },
);

test('an end that a dispatch or a settlement learns of is one, too', async () => {
  await ledger.reserve(WHO, { id: 'early', challengeSid: SID });
  await ledger.dispatch(WHO, { id: 'early', challengeSid: SID, fact: { ...pending, status: 'approved' } });
  const other = `YC${'d'.repeat(32)}`;
  const fact = { kind: 'expired' } as const;
  await ledger.settle(WHO, { ...(await dispatched(other)), settlement: { outcome: 'notSent' }, fact });
  expect(told()).toEqual([
    { type: 'challenge.approved', changes: { resends: 0 } },
    { type: 'challenge.expired', changes: { resends: 0 } },
  ]);
});

test('a reset is one, with what was used and held before', async () => {
  await ledger.settle(WHO, { ...(await dispatched()), settlement: sent });
  await ledger.learn(WHO, SID, { kind: 'responded', status: 'denied' });
  clock.pass(120_000);
  await ledger.reset(WHO);
  await ledger.reset(WHO);
  expect(told().slice(2)).toEqual([
    { type: 'limits.reset', changes: { 'user-1440m.used': 1, 'user-15m.used': 1, heldSeconds: 480 } },
    { type: 'limits.reset', changes: { 'user-1440m.used': 0, 'user-15m.used': 0 } },
  ]);
});

test('a block is one, and so is its end, where there was one', async () => {
  await ledger.unblock(WHO);
  await ledger.block(WHO, 3_600_000);
  clock.pass(600_000);
  await ledger.unblock(WHO);
  await ledger.unblock(WHO);
  expect(told()).toEqual([
    { type: 'block.set', changes: { expiresAt: '2026-03-02T11:00:00.000Z' } },
    { type: 'block.ended', changes: { leftSeconds: 3000 } },
  ]);
});

test('one that was not answered may have been done: its event says so, and the refusal goes on', async () => {
  await ledger.settle(WHO, { ...(await dispatched()), settlement: sent });
  await ledger.block(WHO, 3_600_000);
  plain.run = () => Promise.reject(new Refusal('ledger-unavailable'));
  await expect(ledger.reset(WHO)).rejects.toThrow('ledger-unavailable');
  await expect(ledger.block(WHO, 7_200_000)).rejects.toThrow('ledger-unavailable');
  await expect(ledger.unblock(WHO)).rejects.toThrow('ledger-unavailable');
  expect(told().slice(2)).toEqual([
    { type: 'limits.reset', changes: { outcome: 'unknown' } },
    { type: 'block.set', changes: { expiresAt: '2026-03-02T12:00:00.000Z', outcome: 'unknown' } },
    { type: 'block.ended', changes: { outcome: 'unknown' } },
  ]);
});

test('one that broke on a bug is none', async () => {
  plain.run = () => Promise.reject(new TypeError('a bug'));
  await expect(ledger.block(WHO, 1000)).rejects.toThrow('a bug');
  await expect(ledger.reset(WHO)).rejects.toThrow('a bug');
  await expect(ledger.unblock(WHO)).rejects.toThrow('a bug');
  expect(told()).toEqual([]);
});

test('refusals, looks and questions are none: a tapper pushes nothing out', async () => {
  await ledger.settle(WHO, { ...(await dispatched()), settlement: sent });
  for (let count = 0; count < 20; count++) {
    expect((await ledger.reserve(WHO, { id: `more-${count}`, challengeSid: `YC${'e'.repeat(32)}` })).kind).toBe(
      'refused',
    );
  }
  await ledger.look(WHO, SID);
  await ledger.peek(WHO, SID, { kind: 'expired' });
  await ledger.overview(WHO);
  expect(told()).toHaveLength(1);
});
