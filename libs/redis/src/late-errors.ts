import { Cluster, type Redis } from 'ioredis';

/**
 * Tolerates a second error of a connection. A TLS connection that closes during its handshake may first refuse the
 * server's certificate and then report the server's abort. ioredis listens only for the first error; the second,
 * unhandled, would crash the process.
 */
export function toleratingLateErrors<Connection extends Redis | Cluster>(redis: Connection): Connection {
  if (redis instanceof Cluster) redis.on('+node', listenAfterError);
  else listenAfterError(redis);
  return redis;
}

function listenAfterError(redis: Redis): void {
  redis.on('error', () => redis.stream?.once('error', () => undefined));
}
