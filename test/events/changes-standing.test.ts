/** What is worth a notice, held against what a screen of the user shows before and after. */
import { expect, test } from 'vitest';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { changesStanding } from '@ledger/changes-standing.js';
import { type LedgerCall, ledgerCall } from '@ledger/ledger-call.js';
import { DEFAULT_POLICY } from '@nest/parts/defaults.js';
import type { ChallengeFact, Ledger } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';

const identity = 'user-0001';
const challengeSid = `YC${'1'.repeat(32)}`;
const settled = { outcome: 'sent', sid: `NT${'2'.repeat(32)}`, ttlSeconds: 50 } as const;

function fetched(status: 'pending' | 'approved' | 'denied', respondedAgoMs?: number): ChallengeFact {
  const times = { ageMs: 60_000, remainingMs: 240_000, ...(respondedAgoMs !== undefined && { respondedAgoMs }) };
  return { kind: 'fetched', status, isPush: true, ...times };
}

type Step = (ledger: Ledger) => Promise<unknown>;
const reserve: Step = (ledger) => ledger.reserve(identity, { id: 'tap-1', challengeSid });
const dispatch: Step = (ledger) => ledger.dispatch(identity, { id: 'tap-1', challengeSid, fact: fetched('pending') });
const settle: Step = (ledger) => ledger.settle(identity, { id: 'tap-1', challengeSid, settlement: settled });
const learn =
  (fact: ChallengeFact): Step =>
  (ledger) =>
    ledger.learn(identity, challengeSid, fact);
const block: Step = (ledger) => ledger.block(identity, 60_000);

const CHANGES: Readonly<Record<string, readonly Step[]>> = {
  'a reservation': [reserve],
  'a settling': [reserve, dispatch, settle],
  'a reservation that is given back': [
    reserve,
    (ledger) => ledger.settle(identity, { id: 'tap-1', challengeSid, settlement: { outcome: 'notSent' } }),
  ],
  'a dispatch that finds the Challenge answered': [
    reserve,
    (ledger) => ledger.dispatch(identity, { id: 'tap-1', challengeSid, fact: fetched('approved', 0) }),
  ],
  'a webhook': [learn({ kind: 'responded', status: 'denied' })],
  'a fetch that finds it approved': [learn(fetched('approved', 1000))],
  'an expiry': [learn({ kind: 'expired' })],
  'a Challenge that is gone': [learn({ kind: 'not-found' })],
  'a Challenge that Twilio sends nothing for': [learn({ kind: 'exhausted' })],
  'a reset': [learn(fetched('denied', 0)), (ledger) => ledger.reset(identity)],
  'a block': [block],
  'the end of a block': [block, (ledger) => ledger.unblock(identity)],
};

const NO_CHANGES: Readonly<Record<string, readonly Step[]>> = {
  'a look': [(ledger) => ledger.look(identity, challengeSid)],
  'a dry run': [(ledger) => ledger.peek(identity, challengeSid, fetched('approved', 0))],
  'an overview': [(ledger) => ledger.overview(identity)],
  'a fetch that finds it still pending': [learn(fetched('pending'))],
  'a refusal': [block, reserve],
  'a second settling': [reserve, dispatch, settle, settle],
  'a dispatch that goes ahead': [reserve, dispatch],
};

async function lastOf(steps: readonly Step[]) {
  const calls: LedgerCall[] = [];
  const ledger = new InProcessLedger(
    DEFAULT_POLICY,
    () => 1_000_000,
    (call) => void calls.push(call),
  );
  await ledger.learn(identity, challengeSid, fetched('pending'));
  for (const step of steps.slice(0, -1)) await step(ledger);
  const other = `YC${'3'.repeat(32)}`; // a reset after a denial shows on the next login
  const shown = async () => [await ledger.peek(identity, challengeSid), await ledger.peek(identity, other)];
  const before = await shown();
  calls.length = 0;
  await steps.at(-1)?.(ledger);
  const [call] = calls;
  if (!call) throw new Error('the ledger was not called');
  return { call, before, after: await shown() };
}

test.each(Object.entries(CHANGES))('%s changes what a screen shows, and is news', async (_name, steps) => {
  const { call, before, after } = await lastOf(steps);
  expect(after).not.toEqual(before);
  expect(changesStanding(call)).toBe(true);
});

test.each(Object.entries(NO_CHANGES))(
  '%s changes nothing that a screen shows, and is no news',
  async (_name, steps) => {
    const { call, before, after } = await lastOf(steps);
    expect(after).toEqual(before);
    expect(changesStanding(call)).toBe(false);
  },
);

test('a call that failed is no news, except a settling, which may have run', () => {
  const call = { user: 'hash', command: {}, durationMs: 1, error: new Refusal('ledger-unavailable') };
  expect(changesStanding({ operation: 'reset', ...call })).toBe(false);
  const settlement = { id: 'tap-1', challengeSid, settlement: settled };
  expect(changesStanding(ledgerCall({ operation: 'settle', ...call, command: settlement }))).toBe(true);
});
