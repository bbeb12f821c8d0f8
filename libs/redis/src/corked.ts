import { Cluster, type Redis } from 'ioredis';

/**
 * Makes a connection write once per turn of the event loop: all commands of a turn are sent in one system call, in
 * order. A command is held back only until the end of its turn; a lost connection discards unwritten ones.
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
