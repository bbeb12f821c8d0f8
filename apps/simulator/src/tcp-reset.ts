import type { Server, Socket } from 'node:net';

const tcpOf = new WeakMap<Socket, Socket>();

/** Remembers the TCP connection under each TLS one: only that one can be reset, and a TLS socket has no public reference to it. */
export function rememberTcp(server: Server): void {
  const open = new Map<string, Socket>();
  const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
  server.on('connection', (tcp: Socket) => {
    const key = peer(tcp);
    open.set(key, tcp);
    tcp.once('close', () => open.delete(key));
  });
  server.on('secureConnection', (tls: Socket) => {
    const tcp = open.get(peer(tls));
    if (tcp) tcpOf.set(tls, tcp);
  });
}

/** Ends a connection with a TCP reset, TLS or not. */
export function resetConnection(socket: Socket): void {
  (tcpOf.get(socket) ?? socket).resetAndDestroy();
}
