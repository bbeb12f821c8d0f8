import { Cluster, type Redis } from 'ioredis';

/**
 * Lets a connection fail twice. A TLS connection that is closed during its handshake may first refuse the server's
 * certificate and then be told by the server that the handshake broke off. ioredis listens for the first of these
 * errors only; the second, unheard, would end the process.
 */
export function outlivingSecondErrors<Connection extends Redis | Cluster>(redis: Connection): Connection {
  if (redis instanceof Cluster) redis.on('+node', listenAfterError);
  else listenAfterError(redis);
  return redis;
}

function listenAfterError(redis: Redis): void {
  redis.on('error', () => redis.stream?.once('error', () => undefined));
}
