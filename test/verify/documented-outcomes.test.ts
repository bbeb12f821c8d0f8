import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChallengeFact, Created, Fetched } from '@resend/ports.js';
import type { BadEnding } from '@verify/ending.js';
import { createdOf, fetchedOf, isDown } from '@verify/outcomes.js';
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

/** Every way not to be answered well, by what the metrics call it. */
const endings: [string, BadEnding][] = [
  ...[...twilioFailures].map(([twilioCode, failure]): [string, BadEnding] => [
    String(twilioCode),
    { kind: 'refused', twilioCode, failure, waitMs: 0 },
  ]),
  [
    'other-code',
    { kind: 'refused', twilioCode: 99_999, failure: { code: 'provider-error', source: 'none' }, waitMs: 0 },
  ],
  ['no-code', { kind: 'no-code', status: 400, waitMs: 0 }],
  ['server-error', { kind: 'server-error', status: 500 }],
  ['unreadable', { kind: 'unreadable', word: 'not-json' }],
  ['timeout', { kind: 'timeout' }],
  ['connection-lost', { kind: 'connection-lost', word: 'ECONNRESET', onUsedSocket: false }],
  ['not-connected', { kind: 'not-connected', word: 'ECONNREFUSED' }],
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
  it('has every ending that is counted', () => {
    expect([...rows.keys()]).toEqual(expect.arrayContaining([...TWILIO_CALL_CODES]));
    expect(['ok', ...endings.map(([label]) => label)]).toEqual([...TWILIO_CALL_CODES]);
  });

  it.each(endings)('says of %s what the code does', (label, ending) => {
    const row = rows.get(label);
    expect(row?.known).toBe(createdOf(ending).outcome === 'notSent' ? 'not sent' : 'unknown');
    expect(row?.afterFetch).toContain(`\`${afterFetch(fetchedOf(ending))}\``);
    expect(row?.afterCreate).toContain(`\`${afterCreate(createdOf(ending))}\``);
  });

  it('and the breaker counts exactly the endings that are named there', () => {
    const [, sentence = ''] = /calls in a row \(`\w+`\) that end as ([^.]*?) open/s.exec(docs) ?? [];
    const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, label]) => label);
    const counted = endings.flatMap(([label, ending]) => (isDown(ending) ? [label] : []));
    expect(new Set(named)).toEqual(new Set(counted));
  });
});
