import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

type Direction = 'nothing' | 'replies' | 'requests';

/** Stands between a client and a server on loopback, and holds back what it is told to. */
export interface TcpProxy {
  readonly port: number;
  /** `replies`: the server hears everything and is not heard until they are let go. `requests`: it hears nothing. */
  hold(what: Direction): void;
  /** Holds back all that comes from, or goes to, those for whom it is cut: told by the address they connect from. */
  cut(isCut: (address: string) => boolean): void;
  /** New connections lead to another server; those that are open stay where they are. */
  leadTo(serverPort: number): void;
  /** Resets every connection: what is held back is lost. */
  reset(): void;
  close(): Promise<void>;
}

export async function startProxy(serverPort: number): Promise<TcpProxy> {
  let target = serverPort;
  let held: Direction = 'nothing';
  let isCutFor = (_address: string) => false;
  const sockets = new Set<Socket>();
  const releases = new Set<() => void>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const kept: [Socket, Buffer][] = [];
    const address = client.remoteAddress ?? '';
    const pass = (direction: Direction, to: Socket) => (data: Buffer) => {
      if (held === direction || isCutFor(address)) kept.push([to, data]);
      else to.write(data);
    };
    client.on('data', pass('requests', upstream));
    upstream.on('data', pass('replies', client));
    const release = () => {
      if (isCutFor(address)) return;
      for (const [to, data] of kept.splice(0)) to.write(data);
    };
    releases.add(release);
    client.on('close', () => releases.delete(release));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reset = () => {
    releases.clear();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    hold: (what) => {
      held = what;
      if (what === 'nothing') for (const release of releases) release();
    },
    cut: (isCut) => {
      isCutFor = isCut;
      for (const release of releases) release();
    },
    leadTo: (port) => void (target = port),
    reset,
    close: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
