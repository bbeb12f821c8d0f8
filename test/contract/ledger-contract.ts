/**
 * What every ledger keeps to, one fact after the other. The runner gives each fact a ledger of its own on a clock of
 * its own, whichever adapter it is: `ledger.test.ts` runs them on both, `ledger-mutants.test.ts` on broken ones.
 */
import { clockSetBack } from './ledger-facts/clock-set-back.js';
import { decisions } from './ledger-facts/decisions.js';
import { dispatching } from './ledger-facts/dispatching.js';
import { endings } from './ledger-facts/endings.js';
import { guessing } from './ledger-facts/guessing.js';
import { keys } from './ledger-facts/keys.js';
import { learning } from './ledger-facts/learning.js';
import { looking } from './ledger-facts/looking.js';
import { overviewing } from './ledger-facts/overviewing.js';
import { refusals } from './ledger-facts/refusals.js';
import { settling } from './ledger-facts/settling.js';
import { supposing } from './ledger-facts/supposing.js';
import { support } from './ledger-facts/support.js';
import { webhooks } from './ledger-facts/webhooks.js';
import type { Fact } from './ledger-facts/fact.js';

/** The facts by their subject. */
export const SUBJECTS = {
  decisions,
  keys,
  dispatching,
  settling,
  learning,
  webhooks,
  endings,
  looking,
  guessing,
  supposing,
  overviewing,
  support,
  clockSetBack,
  refusals,
};

export function ledgerContract(fact: Fact): void {
  for (const factsOf of Object.values(SUBJECTS)) factsOf(fact);
}
