import type { IncomingMessage } from 'node:http';
import { RouteConstraints } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';

/** The two doors of the service: the public port for login screens, the private one for consumers and ops. */
export type Surface = 'public' | 'private';

const fromPrivatePort = new WeakSet<IncomingMessage>();

/** Marks what came in by the private port. The port alone decides: no header and no path can. */
export function markPrivate(request: IncomingMessage): void {
  fromPrivatePort.add(request);
}

export function surfaceOf(request: IncomingMessage): Surface {
  return fromPrivatePort.has(request) ? 'private' : 'public';
}

/** Which port a controller answers on. One without this answers on none. */
export const On = (surface: Surface) => RouteConstraints({ surface });

type Strategy = NonNullable<NonNullable<FastifyServerOptions['routerOptions']>['constraints']>[string];
type Routes = ReturnType<Strategy['storage']>;

/** The router's side of `On`: a route exists on its own port only, elsewhere it is like any unknown path. */
export const surfaceConstraint: Strategy = {
  name: 'surface',
  mustMatchWhenDerived: true,
  storage: () => {
    const routes = new Map<unknown, NonNullable<ReturnType<Routes['get']>>>();
    return {
      get: (surface) => routes.get(surface) ?? null,
      set: (surface, route) => void routes.set(surface, route),
      del: (surface) => void routes.delete(surface),
      empty: () => routes.clear(),
    };
  },
  validate: () => undefined,
  deriveConstraint: (request) => surfaceOf(request),
};
