import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import { admit, objectionTo, refuseOtherMethods, setCommonHeaders } from './admission.js';
import { AppModule, type Surroundings } from './app.module.js';
import { CheckedPipe } from './checked.pipe.js';
import { createHttpServer } from './http-server.js';
import { policyFrom } from './policies.js';
import { ProblemFilter } from './problem.filter.js';
import { markPrivate, surfaceConstraint } from './surface.js';
import { watch } from './watch.js';

const BODY_LIMIT_BYTES = 4096;
/** A client has this long to take its last bytes when everything closes, in milliseconds. */
const LAST_BYTES_MS = 500;

/** A running service. Ports are the real ones, also where the settings said 0. */
export interface RunningService {
  readonly port: number;
  readonly privatePort: number;
  /**
   * Stops listening and closes every socket, those to Twilio too. For when nothing is running any more: what is not
   * over within half a second is cut off.
   */
  close(): Promise<void>;
}

/** One Fastify behind two ports; routes say on which they are (`On`). */
export async function startService(surroundings: Surroundings): Promise<RunningService> {
  const { settings, log } = surroundings;
  const filter = new ProblemFilter(policyFrom(settings), settings.problemBaseUri, log);
  const adapter = new FastifyAdapter({
    serverFactory: (handler: RequestListener) => createHttpServer(handler, settings.problemBaseUri),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: settings.trustedProxies === '' ? false : settings.trustedProxies.split(','),
    genReqId: ({ headers }: IncomingMessage) => requestId(headers['request-id']),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(request, reply);
      filter.answer(objectionTo(request) ?? error, request, reply);
    },
    // While it closes, `admit` answers: Fastify's own 503 has another form.
    return503OnClosing: false,
    routerOptions: { constraints: { surface: surfaceConstraint } },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes: RouteOptions[] = [];
  fastify.addHook('onRoute', (route) => void routes.push(route));
  watch(fastify, surroundings);
  admit(fastify, surroundings.drain);

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(surroundings), adapter, {
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new CheckedPipe());
  await app.init();
  fastify.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded']);
  refuseOtherMethods(fastify, routes);

  const privateServer = createHttpServer((request, response) => {
    markPrivate(request);
    fastify.routing(request, response);
  }, settings.problemBaseUri);
  await app.listen(settings.port, settings.host);
  await listen(privateServer, settings.privatePort, settings.host);

  return {
    port: (fastify.server.address() as AddressInfo).port,
    privatePort: (privateServer.address() as AddressInfo).port,
    close: async () => {
      const twilio = app.get(TwilioVerifyGateway);
      const servers = [fastify.server, privateServer];
      const cutOff = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), LAST_BYTES_MS);
      await Promise.all([app.close(), closed(privateServer)]);
      clearTimeout(cutOff);
      await twilio.close();
    },
  };
}

function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : randomUUID();
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
