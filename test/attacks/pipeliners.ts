/**
 * Clients of `workerData.port` that pipeline requests as fast as they are taken, on many connections at once, and open each
 * again when it is closed. A worker, so that they delay nobody else in the test's process.
 */
import { connect, type Socket } from 'node:net';
import { workerData } from 'node:worker_threads';

export interface Pipeliners {
  readonly port: number;
  readonly connections: number;
  /** Sent over and over on each. */
  readonly request: string;
  /** Whether they read what they are answered. */
  readonly reads: boolean;
  /** Requests that each connection sends at most. */
  readonly most?: number;
}

/** Bytes that one connection sends at most. */
const MOST_BYTES = 2 << 20;
/** For how long a connection is used that does not read, and so does not notice that it was closed, in milliseconds. */
const UNREAD_MS = 2000;
/** Pause before one whose connection was closed comes back, in milliseconds. */
const COMES_BACK_AFTER_MS = 100;

const { port, connections, request, reads, most = MOST_BYTES / request.length } = workerData as Pipeliners;
const some = Buffer.from(request.repeat(Math.min(most, Math.ceil((1 << 16) / request.length))));

function send(socket: Socket): void {
  while (socket.writable && socket.bytesWritten < most * request.length && socket.write(some)) continue;
}

function open(): void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('connect', () => send(socket));
  socket.on('drain', () => send(socket));
  socket.on('close', () => setTimeout(open, COMES_BACK_AFTER_MS));
  if (reads) socket.resume();
  else setTimeout(() => socket.destroy(), UNREAD_MS);
}

for (let index = 0; index < connections; index++) open();
