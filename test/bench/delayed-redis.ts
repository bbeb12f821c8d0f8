import { connect, createServer, type AddressInfo } from 'node:net';

/** A way to Redis on which every reply takes `delayMs` longer, so that waiting for replies can be counted by the clock. */
export interface DelayedRedis {
  readonly url: string;
  /** Bytes so far, of all connections. */
  bytes(): { readonly sent: number; readonly received: number };
  stop(): void;
}

export async function delayedRedis(redisUrl: string, delayMs: number): Promise<DelayedRedis> {
  const { hostname, port } = new URL(redisUrl);
  const counted = { sent: 0, received: 0 };
  const server = createServer({ noDelay: true }, (client) => {
    const redis = connect({ host: hostname, port: Number(port), noDelay: true });
    client.on('data', (chunk) => {
      counted.sent += chunk.length;
      redis.write(chunk);
    });
    redis.on('data', (chunk) => {
      counted.received += chunk.length;
      setTimeout(() => client.write(chunk), delayMs);
    });
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => ({ ...counted }),
    stop: () => void server.close(),
  };
}
