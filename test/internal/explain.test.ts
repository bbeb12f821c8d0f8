/** What a support agent is told, for every code and for several at once. */
import { describe, expect, test } from 'vitest';
import type { Overview } from '@resend/ports.js';
import { LEDGER_CODES } from '@resend/refusal-codes.js';
import { explain, type ExplainedBy } from '@nest/internal/explain.js';
import { agoInWords, inWords } from '@nest/internal/words.js';
import { POLICY } from '../support/ledger-on-test-clock.js';
import { ofChallenge, ofUser, together } from './explain-cases.js';

const said = (given: Overview, more: Partial<ExplainedBy> = {}) => explain(given, { policy: POLICY, ...more });

describe('of the user', () => {
  test.each(ofUser)('$name', ({ given, more, told }) => expect(said(given, more)).toEqual(told));
});

describe('of a sign-in', () => {
  test.each(ofChallenge)('$name', ({ given, more, told }) => expect(said(given, more)).toEqual(told));
});

describe('together', () => {
  test.each(together)('$name', ({ given, more, told }) => expect(said(given, more)).toEqual(told));
});

test('every code of the ledger stands in a row of these tables', () => {
  const codes = new Set<string>(['idempotency-key-reused']); // of one request; nobody stands there
  for (const { given } of [...ofUser, ...ofChallenge]) {
    for (const { next } of [given.anew, ...given.challenges.map(({ standing }) => standing)]) codes.add(next.code);
  }
  expect(LEDGER_CODES.filter((code) => !codes.has(code))).toEqual([]);
});

test('free is said exactly where a tap would be sent', () => {
  for (const { given, more, told } of [...ofUser, ...ofChallenge, ...together]) {
    const latest = given.challenges.at(-1)?.standing;
    const waiting = latest?.challenge?.status === 'pending' ? latest.next.code : 'ready';
    const isFree = !more?.paused && given.anew.next.code === 'ready' && waiting === 'ready';
    expect(told.some((line) => line.startsWith('A resend ') && line.endsWith(' is possible now.'))).toBe(isFree);
  }
});

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [1000, '1 second'],
  [59_001, '1 minute'],
  [61_000, '1 minute 1 second'],
  [660_000, '11 minutes'],
  [3_600_000, '1 hour'],
  [3_600_001, '1 hour 1 minute'],
  [86_400_000, '24 hours'],
  [172_800_000, '2 days'],
  [7_776_000_000, '90 days'],
  [266_400_001, '3 days 3 hours'],
])('%i ms are %s', (ms, words) => expect(inWords(ms)).toBe(words));

test.each([
  [0, 'just now'],
  [1999, '1 second ago'],
  [120_999, '2 minutes ago'],
])('%i ms have passed since %s', (ms, words) => expect(agoInWords(ms)).toBe(words));
