import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChallengeFact, Created, Fetched } from '@resend/ports.js';
import { createdFrom, type ExchangeFailure, fetchedFrom, isDown } from '@verify/exchange-result.js';
import { TWILIO_CALL_CODES } from '@verify/twilio-call.js';
import { twilioFailures } from '@verify/twilio-failures.js';

const docs = readFileSync(new URL('../../docs/how-it-works.md', import.meta.url), 'utf8');

/** The rows of the table, by what the metrics call them; the first where there are two. */
const rows = new Map<string, { known: string; afterFetch: string; afterCreate: string }>();
for (const line of docs.split('\n')) {
  const [, did = '', known = '', afterFetch = '', afterCreate = '', end] = line.split('|').map((cell) => cell.trim());
  if (end !== '') continue;
  for (const [, label = ''] of did.slice(did.lastIndexOf(':')).matchAll(/`([^`]+)`/g)) {
    if (!rows.has(label)) rows.set(label, { known, afterFetch, afterCreate });
  }
}

/** Every way in which an exchange can fail, by its label in the metrics. */
const failures: [string, ExchangeFailure][] = [
  ...[...twilioFailures].map(([twilioCode, meaning]): [string, ExchangeFailure] => [
    String(twilioCode),
    { kind: 'refused', twilioCode, meaning, waitMs: 0 },
  ]),
  [
    'other-code',
    { kind: 'refused', twilioCode: 99_999, meaning: { code: 'provider-error', source: 'none' }, waitMs: 0 },
  ],
  ['no-code', { kind: 'no-code', status: 400, waitMs: 0 }],
  ['server-error', { kind: 'server-error', status: 500 }],
  ['unreadable', { kind: 'unreadable', reason: 'not-json' }],
  ['timeout', { kind: 'timeout' }],
  ['connection-lost', { kind: 'connection-lost', reason: 'ECONNRESET', isSocketReused: false }],
  ['not-connected', { kind: 'not-connected', reason: 'ECONNREFUSED' }],
  ['token-rejected', { kind: 'token-rejected', reason: 'token-http-401' }],
  ['too-late', { kind: 'too-late' }],
  ['breaker-open', { kind: 'breaker-open' }],
];

/** What the ledger says of a Challenge of which a refusal gave this away. */
const toldOf: Partial<Record<ChallengeFact['kind'], string>> = {
  'not-found': 'challenge-not-found',
  expired: 'challenge-expired',
  exhausted: 'challenge-limit',
  'not-push': 'challenge-not-push',
};
const afterFetch = (fetched: Fetched) => (fetched.kind === 'failed' ? fetched.code : toldOf[fetched.fact.kind]);
const afterCreate = (created: Created) => {
  if (created.outcome !== 'notSent') return 'delivery-unknown';
  return created.code === 'challenge-answered' ? 'challenge-approved' : created.code;
};

describe('the documented table of outcomes', () => {
  it('has every failure that is counted', () => {
    expect([...rows.keys()]).toEqual(expect.arrayContaining([...TWILIO_CALL_CODES]));
    expect(['ok', ...failures.map(([label]) => label)]).toEqual([...TWILIO_CALL_CODES]);
  });

  it.each(failures)('says of %s what the code does', (label, failure) => {
    const row = rows.get(label);
    expect(row?.known).toBe(createdFrom(failure).outcome === 'notSent' ? 'not sent' : 'unknown');
    expect(row?.afterFetch).toContain(`\`${afterFetch(fetchedFrom(failure))}\``);
    expect(row?.afterCreate).toContain(`\`${afterCreate(createdFrom(failure))}\``);
  });

  it('and the breaker counts exactly the failures that are named there', () => {
    const [, sentence = ''] = /calls in a row \(`\w+`\) that end as ([^.]*?) open/s.exec(docs) ?? [];
    const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, label]) => label);
    const counted = failures.flatMap(([label, failure]) => (isDown(failure) ? [label] : []));
    expect(new Set(named)).toEqual(new Set(counted));
  });
});
