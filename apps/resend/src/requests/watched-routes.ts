import type { Operation } from '@telemetry/metrics.js';
import { PATHS, type Surface } from '../http/paths.js';

interface WatchedRoute {
  readonly surface: Surface;
  readonly method: 'GET' | 'POST';
  /** The route pattern, in the router's form. */
  readonly route: string;
}

/** Routes that users wait for. Their requests are counted by outcome and code, even if they fail before the handler. */
export const WATCHED: Readonly<Record<Operation, WatchedRoute>> = {
  resend: { surface: 'public', method: 'POST', route: `/${PATHS.public}/:challengeSid/notifications` },
  standing: { surface: 'public', method: 'GET', route: `/${PATHS.public}/:challengeSid` },
  'resend-on-behalf': {
    surface: 'private',
    method: 'POST',
    route: `/${PATHS.internal}/identities/:identity/challenges/:challengeSid/notifications`,
  },
};

const OPERATIONS = new Map(
  (Object.entries(WATCHED) as [Operation, WatchedRoute][]).map(([operation, { surface, method, route }]) => [
    `${surface} ${method} ${route}`,
    operation,
  ]),
);

/** @returns undefined for a request that is not counted so */
export function operationOf(surface: Surface, method: string, route: string | undefined): Operation | undefined {
  return OPERATIONS.get(`${surface} ${method} ${route}`);
}
