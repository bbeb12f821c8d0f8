import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Standing } from '@resend/ports.js';
import type { CredentialReason } from '@resend/credential-reasons.js';
import { Refusal } from '@resend/refusals.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import { logBug } from '@telemetry/log-bug.js';
import { placeOfBug } from '@telemetry/plain-error.js';
import { Parts } from '../parts/parts.js';
import { commonHeaders, setHeaders } from './headers.js';
import type { HttpRequest, HttpResponse, RequestContext } from '../requests/request-context.js';
import { Requests } from '../requests/requests.js';
import { HttpProblem, INTERNAL_PROBLEMS, PROBLEMS, type ProblemCode, problemOfStatus } from './problems.js';
import { afterPush, masked, rateLimitHeaders, retryAfter, standingBody } from './standing-body.js';

/** The differences between public and internal routes. */
interface ProblemOptions {
  /** Shows a block as an ordinary limit, so that an attacker does not learn of it. */
  readonly hidesBlocks: boolean;
  /** Scheme for `WWW-Authenticate`; undefined for cookie sessions and for the host's own sessions. */
  readonly scheme: 'Bearer' | undefined;
  readonly problems: typeof PROBLEMS;
  /** Counts a refused credential. */
  readonly refused: Metrics['sessionsRefused'];
}

/** Turns any thrown value into a problem response (RFC 9457), in the format documented in the README. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly requests: Requests;
  private readonly log: Log;

  constructor(
    private readonly parts: Parts,
    private readonly options: ProblemOptions,
  ) {
    this.requests = new Requests(parts.metrics, parts.drain);
    this.log = parts.log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<HttpRequest>(), http.getResponse<HttpResponse>());
  }

  /** Called directly for requests that fail before they reach Nest. */
  answer(error: unknown, request: HttpRequest, response: HttpResponse): void {
    const context = this.requests.begin(request, response);
    const { code, headers, body } = this.problem(error, request, context);
    context.problemCode = code;
    response.status(body.status).header('Content-Type', 'application/problem+json');
    setHeaders(response, headers);
    response.send(JSON.stringify(body));
    context.workDone?.();
  }

  private problem(error: unknown, request: HttpRequest, context: RequestContext) {
    if (error instanceof Refusal) return this.refusal(error, request, context);
    if (statusOf(error) === 503) {
      const { requestId } = context;
      this.log.error({ event: 'failed', ...placeOfBug(error), requestId }, 'a guard of the host answered 503');
      return this.refusal(new Refusal('session-unavailable'), request, context);
    }
    const { code, details } = error instanceof HttpProblem ? error : this.unplanned(error, context);
    const { allow, scope } = details;
    return {
      code,
      headers: {
        ...(allow !== undefined && { Allow: allow }),
        ...(scope !== undefined && { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` }),
      },
      body: { ...this.base(code, context), ...(details.errors && { errors: details.errors }) },
    };
  }

  private refusal({ code: refusalCode, details }: Refusal, request: HttpRequest, context: RequestContext) {
    const { hidesBlocks, scheme } = this.options;
    const { policy } = this.parts;
    const code = refusalCode === 'blocked' && hidesBlocks ? 'user-limit' : refusalCode;
    const standing = details.standing && hidesBlocks ? masked(details.standing) : details.standing;
    const { status } = PROBLEMS[code];
    if (status >= 500 && details.cause !== undefined) {
      const { requestId } = context;
      this.log.error(
        { event: 'failed', code, err: details.cause, requestId },
        'request failed with a 5xx; the cause is in err',
      );
    }

    if (details.reason !== undefined) this.credentialRefused(details.reason, context);

    const ownWaitMs = code === refusalCode ? details.waitMs : waitOf(standing);
    const retryAfterSeconds = retryAfter(status, ownWaitMs);
    const headers: Record<string, string> = {
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
      ...(code === 'session-invalid' && scheme && { 'WWW-Authenticate': challenge(scheme, details.reason) }),
      ...(details.replayed && { 'Idempotent-Replayed': 'true' }),
    };
    const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };

    // Another user's Challenge and a nonexistent one must look the same, so no counts are shown.
    if (code === 'challenge-not-found') {
      const resend = { status: 'closed', availableInSeconds: null, remaining: 0, limit: policy.maxPerChallenge };
      return { code, headers, body: { ...this.base(code, context), resend } };
    }
    if (!standing) return { code, headers, body: { ...this.base(code, context, retryAfterSeconds), ...wait } };

    const state = standingBody(standing, challengeSidOf(request), policy);
    const outlastsChallenge = status === 429 && state.nextAction === 'use-other-factor';
    const body = {
      ...this.base(code, context, outlastsChallenge ? undefined : retryAfterSeconds),
      ...wait,
      ...(state.challenge && { challenge: state.challenge }),
      resend: state.resend,
      ...(outlastsChallenge && { nextAction: state.nextAction }),
      ...(code === 'delivery-unknown' && { nextAction: afterPush(state) }),
    };
    return { code, headers: { ...headers, ...rateLimitHeaders(standing) }, body };
  }

  private credentialRefused(reason: CredentialReason, context: RequestContext): void {
    context.refusedBecause = reason;
    this.options.refused.inc({ reason });
    const { requestId } = context;
    this.log.debug({ event: 'credential.refused', reason, requestId }, 'credential refused');
  }

  private unplanned(error: unknown, context: RequestContext): { code: ProblemCode; details: HttpProblem['details'] } {
    const status = statusOf(error);
    const known = problemOfStatus(status ?? 500);
    if (known === undefined) logBug(this.log, error, context.requestId);
    if (known !== 'invalid-request') return { code: known ?? 'internal-error', details: {} };
    const code = frameworkCodeOf(error);
    // A host's guard may also return 400, with valid JSON.
    if (code === undefined) return { code: known, details: {} };
    const isBadUrl = code === 'FST_ERR_BAD_URL';
    const message = isBadUrl ? 'has a malformed escape' : 'is not valid JSON';
    return { code: known, details: { errors: [{ pointer: isBadUrl ? '/path' : '', message }] } };
  }

  private base(code: ProblemCode, { requestId }: RequestContext, retryAfterSeconds?: number) {
    return problemBody(code, requestId, this.parts.problemBaseUri, retryAfterSeconds, this.options.problems);
  }
}

/** For the public routes. */
@Catch()
export class PublicProblemFilter extends ProblemFilter {
  constructor(parts: Parts) {
    const { sessions, metrics } = parts;
    super(parts, {
      hidesBlocks: true,
      scheme: sessions.scheme,
      problems: PROBLEMS,
      refused: metrics.sessionsRefused,
    });
  }
}

/** For the internal routes and the webhook. */
@Catch()
export class InternalProblemFilter extends ProblemFilter {
  constructor(parts: Parts) {
    super(parts, {
      hidesBlocks: false,
      scheme: 'Bearer',
      problems: INTERNAL_PROBLEMS,
      refused: parts.metrics.consumersRefused,
    });
  }
}

/** The members that every problem has. */
export function problemBody(
  code: ProblemCode,
  requestId: string,
  baseUri: string,
  retryAfterSeconds?: number,
  problems = PROBLEMS,
) {
  const { status, title, detail, nextAction, retryable } = problems[code];
  const wait = retryAfterSeconds === undefined ? '' : ` ${waitInWords(retryAfterSeconds)}`;
  return {
    type: `${baseUri}${code}`,
    title,
    status,
    code,
    detail: detail + wait,
    requestId,
    retryable: retryable === true,
    nextAction,
  };
}

/** RFC 6750, 3: without a credential there is no error attribute. */
function challenge(scheme: 'Bearer', reason: CredentialReason | undefined): string {
  return reason === undefined || reason === 'no-credential' ? scheme : `${scheme} error="invalid_token"`;
}

/**
 * A complete HTTP/1.1 response for a connection whose bytes never formed a request.
 *
 * @param more headers, besides those of every answer
 */
export function rawProblem(
  code: ProblemCode,
  requestId: string,
  baseUri: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const body = JSON.stringify(problemBody(code, requestId, baseUri));
  const { status } = PROBLEMS[code];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries({ ...commonHeaders(requestId), ...more }).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** @param error anything: the host's guards can throw anything */
function statusOf(error: unknown): number | undefined {
  const { statusCode, status } = (error ?? {}) as { statusCode?: unknown; status?: unknown };
  return [statusCode, status].find((one) => typeof one === 'number');
}

/** Fastify's code of what it refuses before a guard runs; Nest hands it on as the cause of its own exception. */
function frameworkCodeOf(error: unknown): string | undefined {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return [code, cause?.code].find((one): one is string => typeof one === 'string' && one.startsWith('FST_'));
}

function waitOf(standing: Standing | undefined): number | undefined {
  return standing === undefined || standing.next.code === 'ready' ? undefined : standing.next.waitMs;
}

function waitInWords(waitSeconds: number): string {
  if (waitSeconds < 120) return `Try again in ${waitSeconds} second${waitSeconds === 1 ? '' : 's'}.`;
  if (waitSeconds < 7200) return `Try again in ${Math.ceil(waitSeconds / 60)} minutes.`;
  return `Try again in ${Math.ceil(waitSeconds / 3600)} hours.`;
}

function challengeSidOf({ params }: HttpRequest): string {
  return (params as { challengeSid?: string } | undefined)?.challengeSid ?? '';
}
