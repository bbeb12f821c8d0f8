import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { ResendService } from '@resend/resend.service.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import { admit, objectionTo, refuseOtherMethods, setCommonHeaders } from './request-checks.js';
import { AppModule, type Surroundings } from '../app.module.js';
import { CheckedPipe } from '@nest/input/checked.pipe.js';
import { createHttpServer } from './node-server.js';
import { serveApiDocs } from '../ops/api-docs.js';
import { policyFrom } from '../wiring/policies.js';
import { ProblemFilter } from '@nest/answers/problem.filter.js';
import { Cors } from './cors.js';
import { TrustedOrigins } from '@nest/public/trusted-origins.js';
import { twilioWebhook } from '@nest/webhook/webhook.controller.js';
import { writeLineOf } from '../requests/request-log.js';
import { credentialFrom } from '../wiring/sessions-from.js';
import { webhookFrom } from '../wiring/webhook-from.js';
import { markPrivate, type Surface, surfaceConstraint } from '@nest/surface.js';
import { HASH_OF, type HashOf } from '@nest/tokens.js';
import { followTrails } from '../requests/context-hook.js';
import { watch, watchUnrouted } from '../requests/request-end.js';

const BODY_LIMIT_BYTES = 4096;
/** A client has this long to take its last bytes when everything closes, in milliseconds. */
const LAST_BYTES_MS = 500;

export interface Route {
  /** Absent: it is served on no port. */
  readonly surface?: Surface;
  readonly method: string;
  /** With `:names` for its parameters. */
  readonly url: string;
}

/** A running service. Ports are the real ones, also where the settings said 0. */
export interface RunningService {
  readonly port: number;
  readonly privatePort: number;
  /** Everything that is served: a test holds each of these to a credential. */
  readonly routes: readonly Route[];
  /**
   * Stops listening and closes every socket, those to Twilio too. For when nothing is running any more: what is not
   * over within half a second is cut off.
   */
  close(): Promise<void>;
}

/** One Fastify behind two ports; routes say on which they are (`On`). */
export async function startService(surroundings: Surroundings): Promise<RunningService> {
  const { settings, log, metrics } = surroundings;
  const credential = credentialFrom(settings);
  const filter = new ProblemFilter(policyFrom(settings), settings.problemBaseUri, log, credential.scheme);
  const { ofOthers: origins } = new TrustedOrigins(settings);
  const cors = origins.size === 0 ? undefined : new Cors({ origins, withCredentials: credential.isAmbient });
  const serverOn = (surface: Surface, handler: RequestListener) =>
    createHttpServer(handler, settings.problemBaseUri, (told) => {
      metrics.unreadable.inc({ surface, code: told.code });
      writeLineOf(told, surface, log);
    });
  const adapter = new FastifyAdapter({
    serverFactory: (handler: RequestListener) => serverOn('public', handler),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    genReqId: ({ headers }: IncomingMessage) => requestId(headers['request-id']),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(request, reply);
      cors?.mark(request, reply);
      watchUnrouted(request, reply, surroundings);
      filter.answer(objectionTo(request) ?? error, request, reply);
    },
    // While it closes, `admit` answers: Fastify's own 503 has another form.
    return503OnClosing: false,
    routerOptions: { constraints: { surface: surfaceConstraint } },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes: RouteOptions[] = [];
  fastify.addHook('onRoute', (route) => void routes.push(route));
  followTrails(fastify, surroundings.tracing);
  watch(fastify, surroundings);
  cors?.hook(fastify);
  admit(fastify, surroundings.drain);

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(surroundings), adapter, {
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new CheckedPipe());
  await app.init();
  fastify.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded']);
  if (surroundings.docs) serveApiDocs(fastify, surroundings.docs);
  const webhook = webhookFrom(settings);
  if (webhook) {
    const [resends, hashOf] = [app.get(ResendService), app.get<HashOf>(HASH_OF)];
    await fastify.register(twilioWebhook({ webhook, resends, hashOf, metrics, log }));
  }
  const served = routes.flatMap(routesOf);
  refuseOtherMethods(fastify, routes);

  const privateServer = serverOn('private', (request, response) => {
    markPrivate(request);
    fastify.routing(request, response);
  });
  await app.listen(settings.port, settings.host);
  await listen(privateServer, settings.privatePort, settings.privateHost ?? settings.host);

  return {
    port: (fastify.server.address() as AddressInfo).port,
    privatePort: (privateServer.address() as AddressInfo).port,
    routes: served,
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

function routesOf({ method, url, constraints }: RouteOptions): Route[] {
  const { surface } = (constraints ?? {}) as { surface?: Surface };
  const place = { ...(surface && { surface }), url };
  return [method].flat().map((one) => Object.assign({ method: one }, place));
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
