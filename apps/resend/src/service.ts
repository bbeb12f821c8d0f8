import type { AddressInfo } from 'node:net';
import { type Parts, partsOf } from '@nest/parts/parts.js';
import { type Application, createApplication } from './http/application.js';
import { Cors } from './http/cors.js';
import { listenHost } from './http/listen-host.js';
import { Load } from './http/load.js';
import type { Surface } from './http/paths.js';
import { boundedForStrangers } from './requests/flood-log.js';
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

/** A running service, with its actual addresses and ports, whatever the settings leave open. */
export interface RunningService {
  readonly host: string;
  readonly privateHost: string;
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
  const parts = await partsOf({ ...optionsFrom(surroundings), logger: boundedForStrangers(log) });
  const { corsOrigins, corsHeaders: headers, trustedProxies } = settings;
  const cors = new Cors({ origins: new Set(corsOrigins), headers, withCredentials: parts.sessions.isAmbient });
  const keepAliveMs = settings.keepAliveSeconds * 1000;
  const load = new Load({ mostRequests: settings.maxRequestsInFlight, mostDelayMs: settings.maxEventLoopDelayMs });
  const connections = { most: settings.maxConnections, mostOfAddress: settings.maxConnectionsPerAddress };
  const shared = { parts, log, trustedProxies, keepAliveMs, tracing, docs, connections, load };
  const isSecure = settings.publicUrl?.startsWith('https:') === true;
  const publicApp = await createApplication('public', { ...shared, isSecure, ...(corsOrigins.length > 0 && { cors }) });
  const privateApp = await createApplication('private', { ...shared, isSecure: false });
  const host = await listenHost(settings.host);
  const privateHost = await listenHost(settings.privateHost ?? settings.host);
  await publicApp.nest.listen(settings.port, host);
  await privateApp.nest.listen(settings.privatePort, privateHost);
  void parts.checkTwilio();

  return {
    host,
    privateHost,
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
      load.close();
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
