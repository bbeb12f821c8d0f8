/** Servers that stand where Twilio should and answer, misbehave or count. All on loopback, all gone with the test. */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Certificate } from '../support/certificate.js';

/** A request as it arrived, head and body. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface RunningServer {
  readonly baseUrl: string;
  readonly port: number;
  /** Connections accepted so far. */
  sockets: number;
  /** Requests arrived so far; of a TCP server, pieces that look like the start of one. */
  readonly requests: Arrived[];
}

type Answer = (request: Arrived, response: ServerResponse, raw: IncomingMessage) => void;

/** Speaks HTTP; `answer` is called with each whole request. */
export async function httpServer(answer: Answer, tls?: Certificate): Promise<RunningServer> {
  const requests: Arrived[] = [];
  const listener = (raw: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    raw.on('data', (chunk: Buffer) => chunks.push(chunk));
    raw.on('end', () => {
      const { method = '', url: path = '', headers } = raw;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      answer(request, response, raw);
    });
  };
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  return running(server, requests, tls === undefined ? 'http' : 'https');
}

/** Speaks whatever `onRequest` writes, each time the head of a request has come. */
export async function tcpServer(
  onRequest: (socket: Socket, nth: number) => void,
  scheme = 'http',
): Promise<RunningServer> {
  const requests: Arrived[] = [];
  const server = createTcpServer((socket) => {
    socket.on('data', (chunk: Buffer) => {
      const [, method, path] = /^(GET|POST) (\S+) HTTP/.exec(chunk.toString('latin1')) ?? [];
      if (method === undefined || path === undefined) return;
      requests.push({ method, path, headers: {}, body: '' });
      onRequest(socket, requests.length);
    });
  });
  return running(server, requests, scheme);
}

/** Accepts connections and does `onConnection` with them: what a TLS client meets that never meets TLS. */
export async function silentServer(onConnection: (socket: Socket) => void): Promise<RunningServer> {
  return running(createTcpServer(onConnection), [], 'https');
}

/** A port of this machine that refuses connections. */
export async function refusingPort(): Promise<string> {
  const server = createTcpServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function running(server: Server, requests: Arrived[], scheme: string): Promise<RunningServer> {
  const open = new Set<Socket>();
  const self = { baseUrl: '', port: 0, sockets: 0, requests };
  server.on('connection', (socket: Socket) => {
    self.sockets += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  self.port = await listening(server);
  self.baseUrl = `${scheme}://127.0.0.1:${self.port}`;
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return self;
}

/** @returns the port it was given */
async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
