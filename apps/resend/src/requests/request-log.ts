import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { PROBLEMS } from '@nest/answers/problems.js';
import { isClosed } from '@nest/requests/closing.js';
import type { RequestContext } from '@nest/requests/request-context.js';
import type { TurnedAway } from '@telemetry/metrics.js';
import { currentRequest } from '@telemetry/request-context.js';
import type { MalformedHttp } from '../http/node-server.js';
import type { Surface } from '../http/paths.js';
import { type FloodLog, LINES_FOR_STRANGERS } from './flood-log.js';

/**
 * Writes the one log line of a finished request: what was asked, what was decided and why, and how long it took. For a
 * caller without a valid credential, only if there are not too many such lines.
 */
export function logRequest(
  {
    context,
    route,
    surface,
    request,
    reply,
    flood,
  }: {
    readonly context: RequestContext;
    readonly route: string;
    readonly surface: Surface;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly flood: FloodLog;
  },
  log: Logger,
): void {
  const { actor, decision, waitMs, twilio, problemCode, refusedBecause } = context;
  if (actor === undefined && !flood.admits(problemCode ?? 'none', LINES_FOR_STRANGERS)) return;
  // A stream of events goes on after its request is over.
  const hasHungUp = isClosed(reply.raw) && !reply.raw.writableFinished;
  const line = {
    event: 'request',
    surface,
    method: request.method,
    route,
    status: reply.statusCode,
    code: problemCode ?? 'none',
    reason: refusedBecause,
    decision,
    waitMs,
    actor,
    ...(twilio.length > 0 && { twilio }),
    durationMs: Math.round(reply.elapsedTime),
    ...(hasHungUp && { hasHungUp }),
  };
  // The end of an answer is an event of its socket, and may run in the async context of another request.
  currentRequest.run(context, () => log.info(line, hasHungUp ? 'client disconnected before the response' : 'answered'));
}

/** Writes the log line of malformed HTTP. It contains none of the received bytes, which may be anything. */
export function logMalformed(
  { requestId, code, reason }: MalformedHttp,
  surface: Surface,
  log: Logger,
  flood: FloodLog,
): void {
  if (!flood.admits('malformed', LINES_FOR_STRANGERS)) return;
  const { status } = PROBLEMS[code];
  const line = { event: 'request', requestId, surface, method: 'none', route: 'none', status, code, reason };
  // It may run in the async context of another request of the same connection.
  currentRequest.run(undefined, () => log.info(line, 'malformed HTTP'));
}

/** Writes the first line of a flood, with advice for an operator. The flood log counts the rest. */
export function logTurnedAway(why: TurnedAway, surface: Surface, log: Logger, flood: FloodLog): void {
  if (!flood.admits(why, 1)) return;
  currentRequest.run(undefined, () => log.warn({ event: 'turned-away', surface, reason: why }, ADVICE[why]));
}

const ADVICE: Readonly<Record<TurnedAway, string>> = {
  full: 'this instance is overloaded: new requests get 503 immediately',
  pipelined: 'a client pipelined too many requests; its connection closes after the accepted ones are answered',
  unread: 'a client does not read its responses: its connection was closed',
  silent: 'unknown clients hold connections without sending a request: the oldest ones are closed for new connections',
  connections: 'the MAX_CONNECTIONS limit is reached: new connections get 503 or are closed',
  address: 'one address reached MAX_CONNECTIONS_PER_ADDRESS: if it is your proxy, add it to TRUSTED_PROXIES',
};
