import type { LedgerAnswer, LedgerCommand, LedgerOperation } from '@resend/ports.js';

/** One call of the ledger, for metrics and the log. `operation` determines the types of `command` and `answer`. */
export type LedgerCall = { [Op in LedgerOperation]: CallOf<Op> }[LedgerOperation];

type CallOf<Op extends LedgerOperation> = {
  readonly operation: Op;
  /** The user's keyed hash; never the identity. */
  readonly user: string;
  readonly command: LedgerCommand<Op>;
  readonly durationMs: number;
} & ({ readonly answer: LedgerAnswer<Op> } | { readonly error: unknown });

/** Types a call as a member of the union, which TypeScript can not infer. */
export function ledgerCall<Op extends LedgerOperation>(call: CallOf<Op>): LedgerCall {
  return call as LedgerCall;
}
