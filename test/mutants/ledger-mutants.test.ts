/**
 * Breaks the script on purpose, one defect at a time, and expects the contract to notice: the facts on the subject of
 * the defect. What survives here is a hole in the contract.
 */
import { describe, expect, test } from 'vitest';
import type { ResendPolicy } from '@resend/policy.js';
import { Refusal } from '@resend/refusals.js';
import { SUBJECTS } from '../contract/ledger-contract.js';
import { expectExpiry } from '../contract/ledger-facts/expiry.js';
import { type Fact, given } from '../contract/ledger-facts/fact.js';
import { LEDGER_SCRIPT, openInRedis, POLICY, type RedisLedgerOnTestClock } from '../support/ledger-on-test-clock.js';
import { LEDGER_DEFECTS } from './ledger-defects.js';

interface Witness {
  readonly fact: string;
  readonly policy: ResendPolicy;
  readonly check: (world: RedisLedgerOnTestClock) => Promise<void>;
}

const SUBJECT_NAMES = Object.keys(LEDGER_DEFECTS) as (keyof typeof LEDGER_DEFECTS)[];

describe.each(SUBJECT_NAMES)('by the facts of %s', (subject) => {
  const witnesses = witnessesOf(subject);

  test('a ledger without a defect is told from one with a defect', { timeout: 120_000 }, async () => {
    expect(await witnessAgainst(LEDGER_SCRIPT, witnesses)).toBeUndefined();
  });

  test.each(LEDGER_DEFECTS[subject])('a defective ledger is detected: %s', async (_name, sound, broken) => {
    const parts = LEDGER_SCRIPT.split(sound);
    expect(parts).toHaveLength(2);
    expect(await witnessAgainst(parts.join(broken), witnesses)).toBeDefined();
  });
});

function witnessesOf(subject: keyof typeof LEDGER_DEFECTS): Witness[] {
  if (subject === 'expiry') {
    return [{ fact: 'every key goes when the last of it is over', policy: POLICY, check: expectExpiry }];
  }
  const facts: Parameters<Fact>[] = [];
  SUBJECTS[subject]((...fact) => facts.push(fact));
  return facts.map(([fact, check, policy]) => ({
    fact,
    policy: { ...POLICY, ...policy },
    check: (world) => check(given(world)),
  }));
}

/** The first fact that a script contradicts. */
async function witnessAgainst(lua: string, witnesses: readonly Witness[]): Promise<string | undefined> {
  for (const { fact, policy, check } of witnesses) {
    await using world = await openInRedis(policy, lua);
    if (await contradicts(() => check(world))) return fact;
  }
  return undefined;
}

/** A script that does not run at all is no witness: Redis' error goes through. */
async function contradicts(check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    return false;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return true;
  }
}
