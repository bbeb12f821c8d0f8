import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import accepts from 'accepts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Refusal } from '@resend/refusals.js';
import { outcomeOf } from '@telemetry/metrics.js';
import { AppModule, type Surroundings } from './app.module.js';
import { CheckedPipe } from './checked.pipe.js';
import { policyFrom } from './policies.js';
import { ProblemFilter, rawProblem } from './problem.filter.js';
import { HttpProblem, PROBLEMS } from './problems.js';
import { markPrivate, surfaceConstraint, surfaceOf } from './surface.js';

const BODY_LIMIT_BYTES = 4096;
const URL_LIMIT = 2048;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A running service. Ports are the real ones, also where the settings said 0. */
export interface RunningService {
  readonly port: number;
  readonly privatePort: number;
  /** Stops listening, after what is running has been answered. */
  close(): Promise<void>;
}

/** One Fastify behind two ports; routes say on which they are (`On`). */
export async function startService(surroundings: Surroundings): Promise<RunningService> {
  const { settings, log } = surroundings;
  const filter = new ProblemFilter(policyFrom(settings), settings.problemBaseUri, log);
  const adapter = new FastifyAdapter({
    serverFactory: (handler: RequestListener) => httpServer(handler, settings.problemBaseUri),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: settings.trustedProxies === '' ? false : settings.trustedProxies.split(','),
    genReqId: ({ headers }: IncomingMessage) => requestId(headers['request-id']),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(request, reply);
      filter.answer(error, request, reply);
    },
    routerOptions: { constraints: { surface: surfaceConstraint } },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes: RouteOptions[] = [];
  fastify.addHook('onRoute', (route) => void routes.push(route));
  watch(fastify, surroundings);
  admit(fastify, surroundings);

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(surroundings), adapter, {
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new CheckedPipe());
  await app.init();
  fastify.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded']);
  refuseOtherMethods(fastify, routes);

  const privateServer = httpServer((request, response) => {
    markPrivate(request);
    fastify.routing(request, response);
  }, settings.problemBaseUri);
  await app.listen(settings.port, settings.host);
  await listen(privateServer, settings.privatePort, settings.host);

  return {
    port: (fastify.server.address() as AddressInfo).port,
    privatePort: (privateServer.address() as AddressInfo).port,
    close: async () => {
      await Promise.all([app.close(), closed(privateServer)]);
    },
  };
}

/** Node's server with deadlines for slow clients, and an answer for what never becomes a request. */
function httpServer(handler: RequestListener, problemBaseUri: string): Server {
  const limits = {
    headersTimeout: 5000,
    requestTimeout: 8000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 65_000,
  };
  const server = createServer(limits, handler);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    socket.end(rawProblem(clientProblem(error.code), randomUUID(), problemBaseUri));
  });
  return server;
}

function clientProblem(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  return 'invalid-request';
}

/** Counts and logs every request once, when it has been answered: one line, one decision. */
function watch(fastify: FastifyInstance, { metrics, log, drain }: Surroundings): void {
  fastify.addHook('onRequest', (_request, _reply, done) => {
    drain.begin();
    metrics.inFlight.inc();
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    drain.end();
    metrics.inFlight.dec();
    const surface = surfaceOf(request.raw);
    const route = request.routeOptions.url ?? 'none';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    metrics.httpDuration.observe({ surface, method: request.method, route, status }, reply.elapsedTime / 1000);
    const operation = operationOf(request);
    const code = request.problemCode ?? 'none';
    if (operation) metrics.requests.inc({ operation, outcome: outcome(request, reply, operation), code });
    if (route !== '/livez' && route !== '/readyz' && route !== '/metrics') {
      const durationMs = Math.round(reply.elapsedTime);
      const line = {
        event: 'request',
        requestId: request.id,
        surface,
        method: request.method,
        route,
        status: reply.statusCode,
        code,
        durationMs,
      };
      log.info(line, 'answered');
    }
    done();
  });
}

/** What every request must get past before its route is looked at. */
function admit(fastify: FastifyInstance, { drain }: Surroundings): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    done(objection(request, drain.isDraining));
  });
}

function objection(request: FastifyRequest, isDraining: boolean): Error | undefined {
  if ((request.raw.url ?? '').length > URL_LIMIT) return new HttpProblem('uri-too-long');
  if (isDraining && surfaceOf(request.raw) === 'public') return new Refusal('shutting-down', { waitMs: 1000 });
  const { accept } = request.headers;
  const mayBeJson = accept === undefined || accept === '*/*' || accept.includes('application/json');
  if (!mayBeJson && request.routeOptions.url !== '/metrics') {
    const types = ['application/json', 'application/problem+json'];
    if (accepts(request.raw).types(types) === false) return new HttpProblem('not-acceptable');
  }
  return undefined;
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ 'Request-Id': request.id, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
}

/** A path that exists answers 405 with `Allow` to the methods it does not have, before it reads their body. */
function refuseOtherMethods(fastify: FastifyInstance, routes: readonly RouteOptions[]): void {
  const methodsOf = Map.groupBy(routes, ({ url, constraints }) => JSON.stringify([url, constraints]));
  for (const sameUrl of methodsOf.values()) {
    const [first] = sameUrl;
    if (!first) continue;
    const has = new Set(sameUrl.flatMap(({ method }) => method));
    const allow = [...has].join(', ');
    fastify.route({
      url: first.url,
      method: METHODS.filter((method) => !has.has(method)),
      constraints: first.constraints ?? {},
      exposeHeadRoute: false,
      onRequest: (_request, _reply, done) => done(new HttpProblem('method-not-allowed', { allow })),
      handler: () => undefined,
    });
  }
}

function operationOf({ method, routeOptions }: FastifyRequest): 'resend' | 'standing' | undefined {
  if (method === 'POST' && routeOptions.url === '/v1/challenges/:challengeSid/notifications') return 'resend';
  return method === 'GET' && routeOptions.url === '/v1/challenges/:challengeSid' ? 'standing' : undefined;
}

function outcome({ problemCode }: FastifyRequest, reply: FastifyReply, operation: 'resend' | 'standing') {
  if (problemCode !== undefined) return outcomeOf(PROBLEMS[problemCode].status);
  if (operation === 'standing') return 'told';
  return reply.hasHeader('Idempotent-Replayed') ? 'replayed' : 'sent';
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
