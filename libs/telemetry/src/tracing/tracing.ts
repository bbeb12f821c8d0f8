import type { Ledger, VerifyGateway } from '@resend/ports.js';
import type { TraceParent } from './trace-parent.js';

/** A request as it begins. */
export interface BegunRequest {
  readonly method: string;
  /** The pattern, never the path: that names a Challenge. Absent for what no route is for. */
  readonly route?: string;
  readonly scheme: string;
  /** The caller's span. */
  readonly parent?: TraceParent;
}

/** And as it is over. */
export interface EndedRequest {
  readonly status: number;
  /** The problem told, if any. */
  readonly code?: string;
  /** What the ledger decided, where it was asked. */
  readonly decision?: string;
}

/** The span of a request. */
export interface RequestSpan {
  readonly traceId: string;
  /** Runs what works for the request: spans begun in there belong to this one. */
  run<Result>(work: () => Result): Result;
  end(ended: EndedRequest): void;
}

/**
 * OpenTelemetry, there only while it is on. It is put in front of the adapters, which know nothing of it. No span names
 * a user, a Challenge or a credential.
 */
export interface Tracing {
  begin(request: BegunRequest): RequestSpan;
  ledger(inner: Ledger, place: 'redis' | 'memory'): Ledger;
  gateway(inner: VerifyGateway): VerifyGateway;
  /** The headers that take the current span to Twilio. */
  readonly headers: () => Record<string, string>;
  /** Sends what is left, and gives up after a second. Never rejects. */
  close(): Promise<void>;
}
