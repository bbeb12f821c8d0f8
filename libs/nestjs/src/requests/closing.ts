import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The callbacks of the responses queued on a connection, to call when it is lost. */
const queued = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `onClosed` once, when the response is sent or its connection is lost. Older Node 24 (24.11, but not 24.21)
 * emits `close` only on the answer that has the connection, not on those queued behind it by pipelining.
 */
export function onceClosed(response: ServerResponse, onClosed: () => void): void {
  if (response.socket) {
    response.once('close', onClosed);
    return;
  }
  const others = queuedOn(response.req.socket).add(onClosed);
  response.once('close', () => {
    if (others.delete(onClosed)) onClosed();
  });
}

/** Whether the answer is sent or its connection is lost. */
export function isClosed(response: ServerResponse): boolean {
  return response.closed || response.req.socket.destroyed;
}

/** One listener for all of them, because a client may pipeline many. */
function queuedOn(socket: Socket): Set<() => void> {
  const known = queued.get(socket);
  if (known) return known;
  const all = new Set<() => void>();
  queued.set(socket, all);
  socket.once('close', () => {
    for (const onClosed of all) {
      all.delete(onClosed);
      onClosed();
    }
  });
  return all;
}
