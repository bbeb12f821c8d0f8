import { Cluster, type Redis } from 'ioredis';

/** How often a connection asks whether it still leads to a primary, in milliseconds. */
const ASK_EVERY_MS = 2000;

/**
 * Makes a connection leave a server that was the primary and is one no more. After a failover the name of Redis leads to
 * another server, but an open connection stays, and one that only reads is never told READONLY. A connection that has
 * never seen a primary is left where it is: it may be meant to read a replica.
 */
export function followingPrimary(redis: Redis): Redis {
  let hasSeenPrimary = false;
  let timer: NodeJS.Timeout | undefined;
  const isPrimary = async () => {
    const info = await redis.info('replication').catch(() => '');
    const isOne = info.includes('role:master');
    hasSeenPrimary ||= isOne;
    return isOne || !info.includes('role:');
  };
  const ask = async () => {
    if (!(await isPrimary()) && hasSeenPrimary) redis.disconnect(true);
  };
  redis.on('ready', () => {
    clearInterval(timer);
    timer = setInterval(() => void ask(), ASK_EVERY_MS).unref();
    void isPrimary();
  });
  return redis.on('close', () => clearInterval(timer));
}

/** Makes a connection to the ledger's Redis reconnect whenever the ledger's own does, to where that leads then. */
export function followLedger(redis: Redis | Cluster, ledger: Redis | Cluster): void {
  if (redis instanceof Cluster) return; // it asks for its primaries by itself
  ledger.on('close', () => {
    if (redis.status === 'ready') redis.disconnect(true);
  });
}
