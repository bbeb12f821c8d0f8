import type { LedgerCall } from './ledger-call.js';

/** Whether an operation changed what a screen of its user shows. Reads and refusals change nothing. */
export function changesStanding(call: LedgerCall): boolean {
  // A settling that failed may have run, and then its repetition changes nothing.
  if ('error' in call) return call.operation === 'settle';
  switch (call.operation) {
    case 'reserve':
      return call.answer.kind === 'granted';
    case 'dispatch':
      return call.answer.kind === 'refused' || call.answer.standing.ended !== undefined;
    case 'settle':
      return call.answer.kind === 'settled' || call.answer.standing.ended !== undefined;
    case 'learn':
      // A fetch that finds the Challenge still pending, as nearly every fetch does, is no news.
      return call.command.fact.kind !== 'fetched' || call.answer.ended !== undefined;
    case 'reset':
    case 'block':
    case 'unblock':
      return true;
    case 'peek':
    case 'look':
    case 'overview':
      return false;
  }
}
