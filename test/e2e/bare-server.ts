import { once } from 'node:events';
import type { Server } from 'node:http';
import { onTestFinished } from 'vitest';
import { Connections } from '../../apps/resend/src/http/connections.js';
import { Load } from '../../apps/resend/src/http/load.js';
import { createHttpServer, type MalformedHttp } from '../../apps/resend/src/http/node-server.js';

/** The service's HTTP server without an application behind it: it answers every request with an empty 200. */
export async function startBareServer(): Promise<{
  readonly server: Server;
  readonly load: Load;
  /** What its observer was told. */
  readonly malformed: readonly MalformedHttp[];
}> {
  const malformed: MalformedHttp[] = [];
  const load = new Load({ mostRequests: 10, mostDelayMs: 60_000 });
  onTestFinished(() => load.close());
  const connections = new Connections(
    { most: 10, mostOfAddress: 10, isTrustedProxy: () => false },
    { changed: () => {}, refused: () => {}, unread: () => {}, silent: () => {} },
  );
  const options = {
    problemBaseUri: 'urn:x:',
    keepAliveMs: 60_000,
    connections,
    load,
    requestId: () => '',
    isProbe: () => false,
    security: {},
    headersFor: () => ({}),
  };
  const observer = { malformed: (one: MalformedHttp) => malformed.push(one), turnedAway: () => {} };
  const server = createHttpServer((_, response) => response.end(), options, observer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { server, load, malformed };
}
