import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ResendPolicy } from '@resend/policy.js';
import type { Standing } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { placeOfBug } from '@telemetry/plain-error.js';
import { afterPush, masked, rateLimitHeaders, retryAfter, standingBody } from './standing-body.js';
import { HttpProblem, PROBLEMS, type ProblemCode, problemOfStatus } from './problems.js';
import { surfaceOf } from '../surface.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller was told instead of a success; read by the log and the metrics. */
    problemCode?: ProblemCode;
  }
}

/** Whatever was thrown, wherever: one answer of RFC 9457, in the form that the README promises. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly policy: ResendPolicy,
    private readonly baseUri: string,
    private readonly log: Logger,
    /** What opens the public port, where that is a scheme of HTTP: a cookie is none. */
    private readonly publicScheme: 'Bearer' | undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for what fails before Nest sees it. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { code, headers, body } = this.problem(error, request);
    request.problemCode = code;
    void reply.code(body.status).headers(headers).type('application/problem+json').send(JSON.stringify(body));
  }

  private problem(error: unknown, request: FastifyRequest) {
    if (error instanceof Refusal) return this.refusal(error, request);
    const { code, details } = error instanceof HttpProblem ? error : this.unplanned(error, request);
    const headers = details.allow === undefined ? {} : { Allow: details.allow };
    return {
      code,
      headers,
      body: { ...this.base(code, request.id), ...(details.errors && { errors: details.errors }) },
    };
  }

  private refusal({ code: said, details }: Refusal, request: FastifyRequest) {
    const isPublic = surfaceOf(request.raw) === 'public';
    const code = said === 'blocked' && isPublic ? 'user-limit' : said;
    const standing = details.standing && isPublic ? masked(details.standing) : details.standing;
    const { status } = PROBLEMS[code];
    if (status >= 500 && details.cause !== undefined) {
      this.log.error({ event: 'failed', code, err: details.cause, requestId: request.id }, 'could not be done');
    }

    const ownWaitMs = code === said ? details.waitMs : waitOf(standing);
    const retryAfterSeconds = retryAfter(status, ownWaitMs);
    const scheme = isPublic ? this.publicScheme : 'Bearer';
    const headers: Record<string, string> = {
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
      ...(code === 'session-invalid' && scheme && { 'WWW-Authenticate': scheme }),
      ...(details.replayed && { 'Idempotent-Replayed': 'true' }),
    };
    const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };

    // Somebody else's Challenge and one that never was must look the same: nothing that was counted is shown.
    if (code === 'challenge-not-found') {
      const resend = { status: 'closed', availableInSeconds: null, remaining: 0, limit: this.policy.maxPerChallenge };
      return { code, headers, body: { ...this.base(code, request.id), resend } };
    }
    if (!standing) return { code, headers, body: { ...this.base(code, request.id, retryAfterSeconds), ...wait } };

    const told = standingBody(standing, challengeSidOf(request), this.policy);
    const outlastsChallenge = status === 429 && told.nextAction === 'use-other-factor';
    const body = {
      ...this.base(code, request.id, outlastsChallenge ? undefined : retryAfterSeconds),
      ...wait,
      ...(told.challenge && { challenge: told.challenge }),
      resend: told.resend,
      ...(outlastsChallenge && { nextAction: told.nextAction }),
      ...(code === 'delivery-unknown' && { nextAction: afterPush(told) }),
    };
    return { code, headers: { ...headers, ...rateLimitHeaders(standing) }, body };
  }

  private unplanned(error: unknown, request: FastifyRequest): { code: ProblemCode; details: HttpProblem['details'] } {
    const { statusCode, status, code } = error as {
      statusCode?: number;
      status?: number;
      code?: string;
    };
    const known = problemOfStatus(statusCode ?? status ?? 500);
    if (known === undefined)
      this.log.error(
        { event: 'unexpected', ...placeOfBug(error), requestId: request.id },
        'a bug: nothing expects this',
      );
    if (known !== 'invalid-request') return { code: known ?? 'internal-error', details: {} };
    const isBadUrl = code === 'FST_ERR_BAD_URL';
    const isEmpty = code === 'FST_ERR_CTP_EMPTY_JSON_BODY';
    const message = isBadUrl ? 'has a malformed escape' : isEmpty ? EMPTY_JSON : 'is not valid JSON';
    return { code: known, details: { errors: [{ pointer: isBadUrl ? '/path' : '', message }] } };
  }

  private base(code: ProblemCode, requestId: string, retryAfterSeconds?: number) {
    return problemBody(code, requestId, this.baseUri, retryAfterSeconds);
  }
}

const EMPTY_JSON = 'is announced as JSON but empty: send {}, or no Content-Type';

/** What every problem has. */
export function problemBody(code: ProblemCode, requestId: string, baseUri: string, retryAfterSeconds?: number) {
  const { status, title, detail, nextAction, retryable } = PROBLEMS[code];
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

/** A whole HTTP/1.1 answer for a socket that never became a request. */
export function rawProblem(code: ProblemCode, requestId: string, baseUri: string): string {
  const body = JSON.stringify(problemBody(code, requestId, baseUri));
  const { status } = PROBLEMS[code];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function waitOf(standing: Standing | undefined): number | undefined {
  return standing === undefined || standing.next.code === 'ready' ? undefined : standing.next.waitMs;
}

function waitInWords(waitSeconds: number): string {
  if (waitSeconds < 120) return `Try again in ${waitSeconds} second${waitSeconds === 1 ? '' : 's'}.`;
  if (waitSeconds < 7200) return `Try again in ${Math.ceil(waitSeconds / 60)} minutes.`;
  return `Try again in ${Math.ceil(waitSeconds / 3600)} hours.`;
}

function challengeSidOf(request: FastifyRequest): string {
  return (request.params as { challengeSid?: string }).challengeSid ?? '';
}
