import { connect, type Socket } from 'node:net';

/** Bytes that one connection sends at most, as fast as they are taken. */
const MOST_BYTES = 2 << 20;
/** For how long a connection is used that does not read, and so does not notice that it was closed, in milliseconds. */
const UNREAD_MS = 2000;
/** Pause before an attacker whose connection was closed comes back, in milliseconds. */
const COMES_BACK_AFTER_MS = 100;

export interface Attack {
  readonly connections: number;
  /** Sent over and over on each. */
  readonly request: string;
  readonly reads: boolean;
}

/** A running attack on a port of this machine. */
export interface Attackers {
  /** Sends and opens nothing more, but keeps what is open. */
  pause(): void;
  stop(): void;
}

/** Pipelines requests on many connections at once, and opens each again when it is closed. */
export function attack(port: number, { connections, request, reads }: Attack): Attackers {
  const some = Buffer.from(request.repeat(Math.ceil((1 << 16) / request.length)));
  const sockets = new Set<Socket>();
  let isOn = true;
  const send = (socket: Socket) => {
    if (!isOn) return;
    while (socket.writable && socket.bytesWritten < MOST_BYTES && socket.write(some)) continue;
  };
  const open = () => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('connect', () => send(socket));
    socket.on('drain', () => send(socket));
    socket.on('close', () => {
      sockets.delete(socket);
      if (isOn) setTimeout(() => isOn && open(), COMES_BACK_AFTER_MS);
    });
    if (reads) socket.resume();
    else setTimeout(() => isOn && socket.destroy(), UNREAD_MS);
  };
  for (let index = 0; index < connections; index++) open();
  return {
    pause: () => void (isOn = false),
    stop: () => {
      isOn = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}
