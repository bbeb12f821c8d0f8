import type { Ledger, VerifyGateway } from '@resend/ports.js';
import type { TraceParent } from './trace-parent.js';

/** A request at its start. */
export interface BegunRequest {
  readonly method: string;
  /** The route pattern, never the path, which names a Challenge. Absent if no route matches. */
  readonly route?: string;
  readonly scheme: string;
  /** The caller's span, if its header was valid. */
  readonly parent?: TraceParent;
}

/** A request at its end. */
export interface EndedRequest {
  readonly status: number;
  /** The problem that was answered, if any. */
  readonly code?: string;
  /** The ledger's decision, if it was asked. */
  readonly decision?: string;
}

/** The span of a request. */
export interface RequestSpan {
  readonly traceId: string;
  /** Runs the work of the request: spans started inside become children of this one. */
  run<Result>(work: () => Result): Result;
  end(ended: EndedRequest): void;
}

/** Spans of calls to the ledger and to Twilio. It wraps the adapters, which do not know about tracing. */
export interface CallTracing {
  ledger(inner: Ledger, place: 'redis' | 'memory'): Ledger;
  gateway(inner: VerifyGateway): VerifyGateway;
  /** The headers that propagate the current span to Twilio. */
  readonly headers: () => Record<string, string>;
}

/** OpenTelemetry, present only if tracing is on. No span contains a user, a Challenge or a credential. */
export interface Tracing extends CallTracing {
  begin(request: BegunRequest): RequestSpan;
  /** Sends the remaining spans, for at most one second. Never rejects. */
  close(): Promise<void>;
}
