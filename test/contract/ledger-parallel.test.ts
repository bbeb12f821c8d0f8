/** Many instances at once on one Redis, each with a connection of its own, on the script and the clock of production. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ledger } from '@resend/ports.js';
import { connectLedger } from '@redis/connection.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import { POLICY } from '../support/ledger-on-test-clock.js';
import { newId, pending, sidOf } from '../support/ledger-user.js';
import { ownCorner, redisUrl } from '../support/redis.js';

const CHALLENGE = 'YC-a';
const corner = ownCorner();
const connections = Array.from({ length: 8 }, () => connectLedger(redisUrl(), { commandTimeoutMs: 10_000 }));
const ledgers = connections.map(
  (redis) => new RedisLedger(redis, { policy: POLICY, hashOf: (identity) => identity, keyPrefix: corner.keyPrefix }),
);

beforeAll(() => Promise.all(connections.map((redis) => redis.connect())));
afterAll(async () => {
  const names = await corner.keys();
  if (names.length > 0) await corner.redis.unlink(...names);
  for (const redis of [...connections, corner.redis]) redis.disconnect();
});

/** The same thing so many times at once, spread over all connections. */
function atOnce<Answer>(times: number, act: (ledger: Ledger, number: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: times }, (_, number) => {
      const ledger = ledgers[number % ledgers.length];
      return ledger ? act(ledger, number) : Promise.reject(new Error('no ledger'));
    }),
  );
}

/** How often each kind of answer was given, a refusal under its code. */
function tally(answers: readonly { kind: string; code?: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, code = kind } of answers) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

const flushScripts = () => corner.redis.script('FLUSH');

describe('many instances at once', () => {
  test.each(Array.from({ length: 5 }, (_, round) => `tapper-${round}`))(
    'of 200 taps of %s one is granted',
    async (user) => {
      const taps = await atOnce(200, (ledger, number) =>
        ledger.reserve(user, { id: newId(), challengeSid: `YC-${number % 3}` }),
      );
      expect(tally(taps)).toEqual({ granted: 1, 'resend-in-progress': 199 });
    },
  );

  test('of 200 taps under one key one is granted', async () => {
    const key = { hash: 'k1', request: CHALLENGE };
    const taps = await atOnce(200, (ledger) => ledger.reserve('keyed', { id: newId(), challengeSid: CHALLENGE, key }));
    expect(tally(taps)).toEqual({ granted: 1, 'resend-in-progress': 199 });
  });

  test('200 users at once are each granted their own', async () => {
    const taps = await atOnce(200, (ledger, number) =>
      ledger.reserve(`one-of-many-${number}`, { id: newId(), challengeSid: CHALLENGE }),
    );
    expect(tally(taps)).toEqual({ granted: 200 });
  });

  test('one resend whose every command arrives 50 times takes one, and comes to one end', async () => {
    const id = newId();
    const command = { id, challengeSid: CHALLENGE };
    const reserved = await atOnce(50, (ledger) => ledger.reserve('repeated', command));
    expect(tally(reserved)).toEqual({ granted: 50 });

    const dispatched = await atOnce(50, (ledger) => ledger.dispatch('repeated', { ...command, fact: pending() }));
    expect(tally(dispatched)).toEqual({ dispatched: 50 });
    expect(new Set(dispatched.map((answer) => answer.kind === 'dispatched' && answer.at)).size).toBe(1);

    const settled = await atOnce(50, (ledger, number) => {
      const sent = { outcome: 'sent', sid: sidOf(id), ttlSeconds: 56 } as const;
      return ledger.settle('repeated', { ...command, settlement: number % 2 === 0 ? sent : { outcome: 'notSent' } });
    });
    expect(tally(settled)).toEqual({ settled: 1, ignored: 49 });
    const [standing] = new Set(settled.map((answer) => JSON.stringify(answer.standing.resends)));
    expect(settled.every((answer) => JSON.stringify(answer.standing.resends) === standing)).toBe(true);
  });

  test('one of 200 who look at once asks Twilio', async () => {
    const looks = await atOnce(200, (ledger) => ledger.look('watched', CHALLENGE));
    expect(tally(looks)).toEqual({ ask: 1, wait: 199 });
  });
});

describe('a Redis that forgot the script', () => {
  test('is taught it again between all steps of a resend', async () => {
    const id = newId();
    const command = { id, challengeSid: CHALLENGE };
    const [ledger] = ledgers;
    if (!ledger) throw new Error('no ledger');
    await flushScripts();
    expect(await ledger.reserve('flushed', command)).toMatchObject({ kind: 'granted' });
    await flushScripts();
    const fact = pending();
    expect(await ledger.dispatch('flushed', { ...command, fact })).toMatchObject({ kind: 'dispatched' });
    await flushScripts();
    const settlement = { outcome: 'sent', sid: sidOf(id), ttlSeconds: 56 } as const;
    expect(await ledger.settle('flushed', { ...command, settlement })).toMatchObject({ kind: 'settled' });
    await flushScripts();
    expect(await ledger.peek('flushed', CHALLENGE)).toMatchObject({ resends: { used: 1 } });
  });

  test('grants one of 200 taps, forgetting it over and over', async () => {
    const [taps] = await Promise.all([
      atOnce(200, (ledger) => ledger.reserve('flushed-at-once', { id: newId(), challengeSid: CHALLENGE })),
      flushScripts(),
      flushScripts(),
      flushScripts(),
    ]);
    expect(tally(taps)).toEqual({ granted: 1, 'resend-in-progress': 199 });
  });
});
