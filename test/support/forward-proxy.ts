/** A forward proxy of the kind that stands between a company and the internet: CONNECT for https, absolute URLs for http. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ForwardProxyOptions {
  /** `user:password` that it wants. Default: it takes everybody. */
  readonly credentials?: string;
  /** Refuses every tunnel with this status. */
  readonly refusesWith?: number;
  /** Takes a CONNECT and never answers it. */
  readonly isSilent?: boolean;
  /** Where everything leads, whatever host was asked for, as if that were its address. */
  readonly port: number;
  /** Called with the sockets of each tunnel. */
  readonly onTunnel?: (client: Socket, upstream: Socket) => void;
}

export interface ForwardProxy {
  /** With a user and a password, if it wants them. */
  readonly url: string;
  /** What was asked of it: `CONNECT host:443`, `POST http://host/path`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const { credentials, refusesWith, isSilent = false, port, onTunnel } = options;
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const isAllowed = ({ headers }: IncomingMessage) =>
    credentials === undefined ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(credentials).toString('base64')}`;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url}`);
    if (!isAllowed(request)) return void response.writeHead(407, { 'Proxy-Authenticate': 'Basic' }).end();
    const { pathname, search } = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = { host: '127.0.0.1', port, method: request.method, path: pathname + search, headers };
    const upstream = httpRequest(onward, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    request.pipe(upstream);
  });
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const status = refusesWith ?? (isAllowed(request) ? undefined : 407);
    if (isSilent) return;
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
    const upstream = keep(
      connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
        onTunnel?.(client, upstream);
      }),
    );
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const user = credentials === undefined ? '' : `${credentials.split(':').map(encodeURIComponent).join(':')}@`;
  return {
    url: `http://${user}127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
