/** One call of the ledger, for metrics and the log. It names no user. */
export interface LedgerCall {
  readonly operation: 'reserve' | 'dispatch' | 'settle' | 'peek' | 'look' | 'learn' | 'reset' | 'block' | 'unblock';
  readonly command: object;
  /** What was answered, as in ports.ts; absent when the ledger did not answer. */
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly durationMs: number;
}
