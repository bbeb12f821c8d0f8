import type { Socket } from 'node:net';

/** Numbers connections in the order they are first used, and counts the requests on each. */
export class Sockets {
  private readonly known = new WeakMap<Socket, { readonly number: number; requests: number }>();
  private count = 0;

  /** Counts one more request on the connection. */
  seen(socket: Socket): { readonly number: number; readonly requests: number } {
    let connection = this.known.get(socket);
    if (!connection) {
      this.count += 1;
      connection = { number: this.count, requests: 0 };
      this.known.set(socket, connection);
    }
    connection.requests += 1;
    return connection;
  }
}
