import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Requests whose bodies never come. */
export interface UnfinishedBodies {
  readonly port: number;
  readonly connections: number;
  readonly path: string;
  readonly type: string;
}

/** Sends them, each on a connection of its own that is opened again when it is closed. @returns when all are sent */
export async function sendUnfinished({ port, connections, path, type }: UnfinishedBodies): Promise<void> {
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 100\r\n\r\n`;
  let isOn = true;
  onTestFinished(() => void (isOn = false));
  const open = (sent: () => void) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => setTimeout(() => isOn && open(() => undefined), 10));
    socket.resume();
    socket.write(`${head}{`, sent);
  };
  await Promise.all(Array.from({ length: connections }, () => new Promise<void>(open)));
}
