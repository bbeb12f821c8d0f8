/**
 * What a storm left outside of the service: what Twilio received, what phones got, what callers were told. Everything
 * here was seen by the simulator or by a client; nothing is the service's own word about itself but its answers.
 *
 * Times are epoch milliseconds of the one machine that everything ran on, unless their name says `Ms`.
 */
export interface OutsideRecord {
  readonly policy: AuditedPolicy;
  readonly allowances: Allowances;
  readonly presses: readonly Press[];
  readonly pushes: readonly Push[];
  readonly creates: readonly CreateCall[];
  readonly responses: readonly Responded[];
  readonly tellings: readonly Telling[];
  /** When Redis or an instance stood still or lost connections. */
  readonly disturbances: readonly Span[];
  readonly afterwards: Afterwards;
}

/** The limits that the storm's settings asked for. */
export interface AuditedPolicy {
  /** Before the 1st, 2nd, … resend of a Challenge; the last one repeats. Never falling. */
  readonly cooldownsMs: readonly number[];
  readonly maxPerChallenge: number;
  readonly userLimits: readonly { readonly limit: number; readonly windowMs: number }[];
  readonly denyHoldMs: number;
  readonly leaseMs: number;
}

/** How far what Twilio sees may be from what the ledger decided. */
export interface Allowances {
  /** From asking the ledger for the last time until the request leaves: the service's own bound. */
  readonly dispatchToSendMs: number;
  /** From leaving until the simulator stamps it: loopback and the longest halt of the simulator's event loop. */
  readonly transitMs: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One request to send, and how it was answered. */
export interface Press {
  readonly user: string;
  readonly challengeSid: string;
  /** The Idempotency-Key. Requests of a user with the same one are one press that is repeated. */
  readonly key?: string;
  readonly at: number;
  readonly until: number;
  readonly answer: Answer;
}

export type Answer =
  | { readonly kind: 'sent'; readonly sid: string; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly code: string }
  /** The connection broke after the request may have arrived. */
  | { readonly kind: 'cut' }
  /** Nobody listened: it arrived nowhere. */
  | { readonly kind: 'unreached' };

/** A Notification, as the phone's inbox has it. */
export interface Push {
  readonly user: string;
  readonly challengeSid: string;
  readonly sid: string;
  readonly at: number;
  readonly ttlSeconds: number;
}

/** A create of a Notification as it arrived at Twilio, whatever became of it. */
export interface CreateCall {
  readonly user: string;
  readonly challengeSid: string;
  readonly at: number;
  /** Twilio's error code in the answer. */
  readonly code?: number;
  /** The kind of the fault that was planned for it. */
  readonly fault?: string;
  readonly created: boolean;
}

/** The user answered on the phone. */
export interface Responded {
  readonly user: string;
  readonly challengeSid: string;
  readonly status: 'approved' | 'denied';
  readonly at: number;
}

/** The service told somebody that it knows of a response. */
export interface Telling {
  readonly user: string;
  readonly challengeSid: string;
  readonly status: 'approved' | 'denied';
  readonly at: number;
}

/** What was found when all was calm again. */
export interface Afterwards {
  /** Users with a fresh Challenge who could not send within the lease and the policy. */
  readonly stuck: readonly string[];
  /** Users who waited as long as they were told, did nothing else, and were refused again. */
  readonly misled: readonly string[];
  /** Keys in Redis that never expire. */
  readonly immortalKeys: readonly string[];
}
