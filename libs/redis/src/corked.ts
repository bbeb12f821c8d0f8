import { Cluster, type Redis } from 'ioredis';

/**
 * Makes a connection write once for each turn of the event loop: commands of one turn, whoever sends them, leave in one
 * system call, in their order. A command is held back until the end of its turn, and no longer; a lost connection takes
 * with it what it has not written.
 */
export function corked<Connection extends Redis | Cluster>(redis: Connection): Connection {
  if (redis instanceof Cluster) redis.on('+node', corkAtConnect);
  else corkAtConnect(redis);
  return redis;
}

/** Each reconnect makes a new stream. */
function corkAtConnect(redis: Redis): void {
  redis.on('connect', () => corkTurns(redis.stream));
}

function corkTurns(stream: Redis['stream']): void {
  const write = stream.write.bind(stream) as (...chunk: unknown[]) => boolean;
  let isCorked = false;
  const uncork = () => {
    isCorked = false;
    stream.uncork();
  };
  stream.write = (...chunk: unknown[]) => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      setImmediate(uncork); // `nextTick` would run between the callbacks of the turn
    }
    return write(...chunk);
  };
}
