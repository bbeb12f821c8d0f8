import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Replies are held back so long, in milliseconds: what does not wait for them has left before the first one comes. */
const REPLY_DELAY_MS = 25;

/** What a connection asks by itself, now and then: whether its server is still the primary. No request waits for it. */
const OF_ITS_OWN = /^\*2\r\n\$4\r\ninfo\r\n/i;

/** Stands between a client and its Redis, and counts how often the client waits for it. */
export interface TripMeter {
  readonly port: number;
  /** Round trips since this was asked for last: what is sent before any reply to it comes is one trip. */
  trips(): number;
  close(): Promise<void>;
}

export async function startTripMeter(redisPort: number): Promise<TripMeter> {
  let trips = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(redisPort, '127.0.0.1');
    let isWaiting = false;
    client.on('data', (bytes: Buffer) => {
      redis.write(bytes);
      if (OF_ITS_OWN.test(bytes.toString('latin1'))) return;
      if (!isWaiting) trips += 1;
      isWaiting = true;
    });
    redis.on('data', (bytes: Buffer) => {
      setTimeout(() => {
        isWaiting = false;
        client.write(bytes);
      }, REPLY_DELAY_MS);
    });
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    trips: () => {
      const counted = trips;
      trips = 0;
      return counted;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
