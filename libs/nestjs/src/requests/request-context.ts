import type { ServerResponse } from 'node:http';
import type { CredentialReason } from '@resend/credential-reasons.js';
import type { Attribution, Paused, Session } from '@resend/ports.js';
import type { Operation } from '@telemetry/metrics.js';
import type { Correlation } from '@telemetry/request-context.js';
import type { ProblemCode } from '../answers/problems.js';

/** Everything known about one HTTP request. */
export interface RequestContext extends Correlation {
  /** Set for requests that are counted by outcome and code. */
  operation?: Operation;
  /** The user's session, once a guard has found it. */
  session?: Session;
  /** Whether resends are paused, as read by the guard. */
  paused?: Promise<Paused | undefined>;
  /** Key of the session's counters; absent for a request without a credential. */
  sessionCounter?: string;
  /** A dry run: counted with the outcome `told`, not as a press. */
  isDryRun?: boolean;
  /** This answer repeats the answer to an earlier request of the same press. */
  isReplayed?: boolean;
  /** Why the caller's credential was refused, if it was. */
  refusedBecause?: CredentialReason;
  /** The code of the problem that was answered, if any. */
  problemCode?: ProblemCode;
  /** Signals that its work is done, whether or not the caller still waits; absent if the server tracks that itself. */
  workDone?: () => void;
}

/** The common part of Express's Request and Fastify's Request that is used here. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: unknown;
  readonly body?: unknown;
  readonly ip?: string;
  readonly ips?: string[];
  readonly socket?: { readonly remoteAddress?: string | undefined };
  [CONTEXT]?: RequestContext;
  [END_NOW]?: () => void;
}

/** The common part of Express's Response and Fastify's Reply that is used here. */
export interface HttpResponse {
  status(code: number): HttpResponse;
  header(name: string, value: string): HttpResponse;
  send(body: string): unknown;
  /** The headers set so far. */
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>;
  /** Fastify only: Node's own response. */
  readonly raw?: ServerResponse;
  /** Fastify only: leaves the answer to whoever calls it. */
  hijack?(): unknown;
}

/** Node's own response, which an Express response is. */
export function rawOf(response: HttpResponse): ServerResponse {
  return response.raw ?? (response as unknown as ServerResponse);
}

/** The property of a request that holds its context. Exported so that a server can declare the property up front. */
export const CONTEXT = Symbol('push-resend request');

/**
 * The property of a request that ends its accounting now, although its answer goes on: for an event stream. Not part of
 * the context, which async contexts of commands and timers retain: they would also retain request and response, whose
 * later collection costs a third more CPU per request.
 */
export const END_NOW = Symbol('push-resend end of accounting');

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The caller's own `Request-Id`, if it is valid: 8 to 64 letters, digits, dashes or underscores. */
export function givenRequestId(headers: HttpRequest['headers']): string | undefined {
  const given = headers['request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : undefined;
}

/** The context of a request that `RequestGuard` or the server has begun. */
export function contextOf(request: HttpRequest): RequestContext {
  const context = request[CONTEXT];
  if (!context) throw new Error('this route has no RequestGuard');
  return context;
}

/** The caller and reason of an action, for the audit trail. */
export function attributionOf(request: HttpRequest, why: { reason?: string; reference?: string } = {}): Attribution {
  const { actor, requestId } = contextOf(request);
  if (actor === undefined) throw new Error('no guard of this route has set the actor');
  return { actor, ...why, requestId };
}
