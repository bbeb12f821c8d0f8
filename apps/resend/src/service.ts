import type { AddressInfo } from 'node:net';
import { type Parts, partsOf } from '@nest/parts/parts.js';
import { type Application, createApplication } from './http/application.js';
import { Cors } from './http/cors.js';
import type { Surface } from './http/paths.js';
import type { Surroundings } from './surroundings.js';
import { optionsFrom } from './wiring/options-from.js';

/** Time for clients to read their last bytes when the service closes, in milliseconds. */
const LAST_BYTES_MS = 500;

export interface Route {
  readonly surface: Surface;
  readonly method: string;
  /** With `:name` for each parameter. */
  readonly url: string;
}

/** A running service, with its actual ports, even if the settings say 0. */
export interface RunningService {
  readonly port: number;
  readonly privatePort: number;
  readonly parts: Parts;
  /** All served routes. A test checks that each of them requires a credential. */
  readonly routes: readonly Route[];
  /**
   * Stops listening and closes all sockets, including those to Twilio. Drain first: requests that are still running are
   * cut off after half a second.
   */
  close(): Promise<void>;
}

/** Settings → parts → two applications, one per port. */
export async function startService(surroundings: Surroundings): Promise<RunningService> {
  const { settings, log, tracing, docs } = surroundings;
  const parts = await partsOf(optionsFrom(surroundings));
  const { corsOrigins, trustedProxies } = settings;
  const cors = new Cors({ origins: new Set(corsOrigins), withCredentials: parts.sessions.isAmbient });
  const shared = { parts, log, trustedProxies, tracing, docs };
  const publicApp = await createApplication('public', { ...shared, ...(corsOrigins.length > 0 && { cors }) });
  const privateApp = await createApplication('private', shared);
  await publicApp.nest.listen(settings.port, settings.host);
  await privateApp.nest.listen(settings.privatePort, settings.privateHost ?? settings.host);
  void parts.checkTwilio();

  return {
    port: portOf(publicApp),
    privatePort: portOf(privateApp),
    parts,
    routes: [...routesOf('public', publicApp), ...routesOf('private', privateApp)],
    close: async () => {
      parts.events?.close();
      const apps = [publicApp, privateApp];
      const cutOff = setTimeout(
        () => apps.forEach(({ fastify }) => fastify.server.closeAllConnections()),
        LAST_BYTES_MS,
      );
      await Promise.all(apps.map(({ nest }) => nest.close()));
      clearTimeout(cutOff);
      await parts.close();
    },
  };
}

function portOf({ fastify }: Application): number {
  return (fastify.server.address() as AddressInfo).port;
}

function routesOf(surface: Surface, { routes }: Application): Route[] {
  return routes.flatMap(({ method, url }) => [method].flat().map((one) => ({ surface, method: one, url })));
}
