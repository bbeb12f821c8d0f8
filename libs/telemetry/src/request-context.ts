import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What becomes known of one request while it is worked on, for its one log line and for the audit trail. Whoever
 * knows something writes it here; nothing decides by it.
 */
export interface Trail {
  readonly requestId: string;
  /** W3C Trace Context, 32 hexadecimal digits, where the caller or our own tracing gave one. */
  traceId?: string;
  /** The user, as the keyed hash that also names the Redis keys. Never the identity. */
  user?: string;
  /** Who asks: `session`, `key:<id>` for an API key, `client:<id>` for an internal JWT, `twilio` for a webhook. */
  actor?: string;
  /** Why, and the case it belongs to, in the words of an internal caller. */
  reason?: string;
  reference?: string;
  /** What the ledger decided: `granted`, `replayed`, `lost`, or the code of the limit that said no. */
  decision?: string;
  /** The wait that the decision came with, in milliseconds. */
  waitMs?: number;
  /** Every exchange with Twilio, in order. */
  readonly twilio: { readonly operation: string; readonly code: string; readonly durationMs: number }[];
}

/** The trail of the request that the running code works for; undefined where it works for none. */
export const trails = new AsyncLocalStorage<Trail | undefined>();

/** Writes into the current trail, if there is one. */
export function note(known: Partial<Omit<Trail, 'requestId' | 'twilio'>>): void {
  const trail = trails.getStore();
  if (trail) Object.assign(trail, known);
}
