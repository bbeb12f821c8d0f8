import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Links log lines, metrics and spans to their request. For observability only: no decision and no stored data depends on
 * it.
 */
export interface Correlation {
  readonly requestId: string;
  /** W3C trace id, 32 hexadecimal digits, from the caller or from our own tracing. */
  traceId?: string;
  /** The user's keyed hash, as in the Redis keys. Never the identity. */
  user?: string;
  /** Who calls, once a valid credential says so: `session`, `key:<id>`, `client:<id>`, `twilio`, or the host's own name. */
  actor?: string;
  /** The ledger's decision: `granted`, `replayed`, `lost`, or the code of the limit that refused. */
  decision?: string;
  /** The wait that came with the decision, in milliseconds. */
  waitMs?: number;
  /** Every exchange with Twilio, in order. */
  readonly twilio: { readonly operation: string; readonly code: string; readonly durationMs: number }[];
}

/** The request that the current code works for; undefined outside a request. */
export const currentRequest = new AsyncLocalStorage<Correlation | undefined>();
