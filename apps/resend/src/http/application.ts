import type { IncomingMessage, RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Logger } from 'pino';
import { setCommonHeaders } from '@nest/answers/headers.js';
import { InternalProblemFilter, PublicProblemFilter } from '@nest/answers/problem.filter.js';
import type { Parts } from '@nest/parts/parts.js';
import { CONTEXT } from '@nest/requests/request-context.js';
import { Refusal } from '@resend/refusals.js';
import type { TurnedAway } from '@telemetry/metrics.js';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import { AppModule } from '../app.modules.js';
import { type ApiDocs, serveApiDocs } from '../ops/api-docs.js';
import { FloodLog } from '../requests/flood-log.js';
import { logMalformed, logTurnedAway } from '../requests/request-log.js';
import { RequestLifecycle, requestId } from '../requests/request-lifecycle.js';
import { allowLongWebhooks, parseBodies } from './body-parsers.js';
import { type ConnectionLimits, Connections } from './connections.js';
import type { Cors } from './cors.js';
import type { Load } from './load.js';
import { reportLostWebhooks } from './lost-webhooks.js';
import { createHttpServer } from './node-server.js';
import { ROUTINE, type Surface } from './paths.js';
import { checkRequests, objectionTo, refusedWhileDraining, refuseOtherMethods } from './request-checks.js';
import { trustIn } from './trusted-proxies.js';

const BODY_LIMIT_BYTES = 4096;

/** For this name only: other names of its domain are not ours. */
const STRICT_TRANSPORT = { 'Strict-Transport-Security': 'max-age=31536000' };

export interface ApplicationOptions {
  readonly parts: Parts;
  readonly log: Logger;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** How long a connection without a request is kept open, in milliseconds. */
  readonly keepAliveMs: number;
  /** If given, pages of some other origins may call this surface. */
  readonly cors?: Cors | undefined;
  readonly tracing?: Tracing | undefined;
  /** If given, served at `/docs`. */
  readonly docs?: ApiDocs | undefined;
  readonly connections: Pick<ConnectionLimits, 'most' | 'mostOfAddress'>;
  /** What both applications have to do. */
  readonly load: Load;
  /** Whether clients reach this surface by https only. */
  readonly isSecure: boolean;
}

export interface Application {
  readonly nest: NestFastifyApplication;
  readonly fastify: FastifyInstance;
  /** All served routes. */
  readonly routes: readonly RouteOptions[];
}

/** Creates the Nest application of one surface, on Fastify, not yet listening. Every answer has the README's format. */
export async function createApplication(surface: Surface, options: ApplicationOptions): Promise<Application> {
  const { parts, log, cors, tracing, keepAliveMs, load } = options;
  const isTrustedProxy = trustIn(options.trustedProxies);
  const flood = new FloodLog(surface, log);
  const security = options.isSecure ? STRICT_TRANSPORT : {};
  const filter = surface === 'public' ? new PublicProblemFilter(parts) : new InternalProblemFilter(parts);
  const lifecycle = new RequestLifecycle({ surface, parts, log, flood, load, tracing });
  const turnedAway = (reason: TurnedAway) => {
    parts.metrics.turnedAway.inc({ surface, reason });
    logTurnedAway(reason, surface, log, flood);
  };
  const accept = (request: FastifyRequest) => {
    if (load.isFull) {
      turnedAway('full');
      return new Refusal('overloaded', { waitMs: 1000 });
    }
    const refusal = refusedWhileDraining(request, surface, parts.drain);
    if (!refusal) lifecycle.received(request);
    return refusal;
  };
  const connections = new Connections(
    { ...options.connections, isTrustedProxy },
    {
      changed: (open) => parts.metrics.connections.set({ surface }, open),
      refused: () => turnedAway('address'),
      unread: () => turnedAway('unread'),
      silent: () => turnedAway('silent'),
    },
  );
  const adapter = new FastifyAdapter({
    serverFactory: (handler: RequestListener) =>
      createHttpServer(
        handler,
        {
          problemBaseUri: parts.problemBaseUri,
          keepAliveMs,
          connections,
          load,
          requestId,
          isProbe: ({ url }) => surface === 'private' && ROUTINE.has(url ?? ''),
          security,
          headersFor: (request) => ({ ...security, ...cors?.headersFor(request) }),
        },
        {
          malformed: (malformed) => {
            parts.metrics.unreadable.inc({ surface, code: malformed.code });
            logMalformed(malformed, surface, log, flood);
          },
          turnedAway,
        },
      ),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: options.trustedProxies.length === 0 ? false : isTrustedProxy,
    // `createHttpServer` answers malformed HTTP.
    clientErrorHandler: () => undefined,
    genReqId: ({ headers }: IncomingMessage) => requestId(headers),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      setCommonHeaders(reply, request.id);
      reply.headers(security);
      cors?.mark(request, reply);
      lifecycle.beginUnrouted(request, reply);
      closeOnStranger(connections, request, reply);
      filter.answer(objectionTo(request) ?? error, request, reply);
    },
    // While closing, `checkRequests` answers instead: Fastify's own 503 has a different format.
    return503OnClosing: false,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes: RouteOptions[] = [];
  fastify.addHook('onRoute', (route) => void routes.push(route));
  allowLongWebhooks(fastify);
  lifecycle.hook(fastify);
  if (options.isSecure) fastify.addHook('onRequest', (_request, reply, done) => done(void reply.headers(security)));
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    closeOnStranger(connections, request, reply);
    done();
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    if (request[CONTEXT]?.actor !== undefined) connections.of(request.raw.socket)?.hasCredential();
    done();
  });
  cors?.hook(fastify);
  reportLostWebhooks(fastify, surface, parts.webhook !== undefined, parts.log);
  checkRequests(fastify, surface, parts.drain);

  const nest = await NestFactory.create<NestFastifyApplication>(AppModule.on(surface, parts), adapter, {
    logger: false,
    abortOnError: false,
  });
  nest.useGlobalFilters(filter);
  await nest.init();
  parseBodies(fastify, accept);
  if (options.docs) serveApiDocs(fastify, options.docs);
  const served = [...routes];
  refuseOtherMethods(fastify, served);
  return { nest, fastify, routes: served };
}

/** Closes the connection of a client without a valid credential. */
function closeOnStranger(connections: Connections, request: FastifyRequest, reply: FastifyReply): void {
  if (request[CONTEXT]?.actor !== undefined) return;
  if (connections.of(request.raw.socket)?.endWith(reply.raw)) reply.header('Connection', 'close');
}
