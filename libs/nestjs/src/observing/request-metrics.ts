import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Metrics, type Operation, outcomeOf, type PressEnd } from '@telemetry/metrics.js';
import { PROBLEMS, type ProblemCode } from '../answers/problems.js';
import { type Surface, surfaceOf } from '../surface.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Asked what a press would be told; set as soon as that is known, and read when it is over. */
    isDryRun?: boolean;
  }
}

interface WatchedRoute {
  readonly surface: Surface;
  readonly method: 'GET' | 'POST';
  readonly route: string;
}

/** What people wait for: the routes whose requests are counted by outcome and code. */
export const WATCHED: Readonly<Record<Operation, WatchedRoute>> = {
  resend: { surface: 'public', method: 'POST', route: '/v1/challenges/:challengeSid/notifications' },
  standing: { surface: 'public', method: 'GET', route: '/v1/challenges/:challengeSid' },
  'resend-on-behalf': {
    surface: 'private',
    method: 'POST',
    route: '/internal/v1/identities/:identity/challenges/:challengeSid/notifications',
  },
};

/** Twilio, or the way there. That it rejects our credentials is our own fault. */
const PROVIDER_FAULTS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'provider-error',
  'provider-throttled',
  'provider-unavailable',
  'delivery-unknown',
]);

/** Counts a request for a resend or a look, once it is over. A dry run is no press, however it ended. */
export function countOperation(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const operation = operationOf(request);
  if (!operation) return;
  const { problemCode: code } = request;
  const onlyTells = operation === 'standing' || request.isDryRun === true;
  const outcome = code === undefined ? goodEnd(reply, onlyTells) : outcomeOf(PROBLEMS[code].status);
  metrics.requests.inc({ operation, outcome, code: code ?? 'none' });
  if (!onlyTells) metrics.presses.inc({ end: endOfPress(code) });
}

function operationOf({ raw, method, routeOptions }: FastifyRequest): Operation | undefined {
  const operations = Object.entries(WATCHED) as [Operation, WatchedRoute][];
  const found = operations.find(
    ([, watched]) =>
      watched.route === routeOptions.url && watched.method === method && watched.surface === surfaceOf(raw),
  );
  return found?.[0];
}

function goodEnd(reply: FastifyReply, onlyTells: boolean): 'sent' | 'replayed' | 'told' {
  if (onlyTells) return 'told';
  return reply.hasHeader('Idempotent-Replayed') ? 'replayed' : 'sent';
}

/** Who is to blame: what the objectives are measured by. */
function endOfPress(code: ProblemCode | undefined): PressEnd {
  if (code === undefined) return 'served';
  if (PROBLEMS[code].status < 500) return 'refused';
  if (code === 'resends-paused') return 'paused';
  return PROVIDER_FAULTS.has(code) ? 'provider-fault' : 'own-fault';
}
