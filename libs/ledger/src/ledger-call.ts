/** One call of the ledger, for metrics and the log. */
export interface LedgerCall {
  readonly operation:
    | 'reserve'
    | 'dispatch'
    | 'settle'
    | 'peek'
    | 'look'
    | 'learn'
    | 'overview'
    | 'reset'
    | 'block'
    | 'unblock';
  /** Whose it is, as the keyed hash; never the identity. */
  readonly user: string;
  readonly command: object;
  /** What was answered, as in ports.ts; absent when the ledger did not answer. */
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly durationMs: number;
}
